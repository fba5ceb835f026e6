/** In this browser, that somebody has signed out and the server does not know it yet. */
const mark = 'postroom.leaving'

/** Kept until the server has heard that a session is over. */
export const leaving = {
  begin(): void {
    try {
      localStorage.setItem(mark, 'yes')
    } catch {
      // Without a memory it is tried while the page is open.
    }
  },
  over(): void {
    try {
      localStorage.removeItem(mark)
    } catch {
      // There is nothing to be removed.
    }
  },
  get begun(): boolean {
    try {
      return localStorage.getItem(mark) !== null
    } catch {
      return false
    }
  },
}
