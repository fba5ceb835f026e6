/** Eight o'clock in the morning of a day, in the time of this place. */
function morning(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 8)
}

export function tomorrow(now: Date): Date {
  return morning(now, 1)
}

/** The next Monday that is not today. */
export function nextMonday(now: Date): Date {
  return morning(now, (8 - now.getDay()) % 7 || 7)
}

/** As an input of type datetime-local has it. */
export function localTime(at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`
}
