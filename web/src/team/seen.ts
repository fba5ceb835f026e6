const kept = 'postroom.mentions'

/** How many notes are remembered. */
const most = 300

/** The notes that mention the person and were looked at in this browser. */
export function loadSeen(): readonly string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(kept) ?? '[]')
    return Array.isArray(value) ? value.filter((x) => typeof x === 'string') : []
  } catch {
    return []
  }
}

export function saveSeen(ids: readonly string[]): readonly string[] {
  const last = ids.slice(-most)
  try {
    localStorage.setItem(kept, JSON.stringify(last))
  } catch {
    // Without room it is forgotten with the page.
  }
  return last
}
