/** The day of a moment where the browser is, as a date field has it: YYYY-MM-DD; '' for none. */
export function dayOf(moment: string | null | undefined): string {
  if (!moment) return ''
  const at = new Date(moment)
  if (Number.isNaN(at.getTime())) return ''
  const two = (n: number) => String(n).padStart(2, '0')
  return `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** The last day of a time that ends at a moment: the day before when that is midnight. */
export function lastDayOf(end: string | null | undefined): string {
  if (!end) return ''
  return dayOf(new Date(new Date(end).getTime() - 1).toISOString())
}

/** The moment a day begins, as JMAP writes it (RFC 8620 §1.4); null for no day. */
export function beginOf(day: string): string | null {
  return momentOf(day, 0)
}

/** The moment a day ends. */
export function endOf(day: string): string | null {
  return momentOf(day, 1)
}

function momentOf(day: string, later: number): string | null {
  const match = /^(\d{4,})-(\d\d)-(\d\d)$/.exec(day)
  if (!match) return null
  const at = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + later)
  return Number.isNaN(at.getTime()) ? null : at.toISOString().replace(/\.\d+Z$/, 'Z')
}
