import type { KeyboardEvent } from 'react'

/** What of the folders one can be at: a folder, or the heading of a mailbox. */
const entries = 'a.folder, button.account'

/** Whether a key asks for the menu of what has the focus. */
export function asksForMenu(event: KeyboardEvent): boolean {
  return event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)
}

/**
 * The folders are a list of links, each with a button of its menu; all of them are reached by Tab. The arrows are quicker: up and down
 * from folder to folder, along the line of writing to the button of the menu and back, and on the heading of a mailbox they unfold
 * and fold it.
 */
export function moveAmongFolders(event: KeyboardEvent<HTMLElement>): void {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
  const to = next(event.currentTarget, event.target as HTMLElement, event.key)
  if (!to) return
  event.preventDefault()
  to.focus()
}

function next(nav: HTMLElement, from: HTMLElement, key: string): HTMLElement | null | undefined {
  const all = [...nav.querySelectorAll<HTMLElement>(entries)]
  const entry = from.closest<HTMLElement>(entries) ?? from.parentElement?.querySelector<HTMLElement>(`:scope > :is(${entries})`)
  const at = entry ? all.indexOf(entry) : -1
  if (!entry || at < 0) return undefined
  const [onward, back] = getComputedStyle(nav).direction === 'rtl' ? ['ArrowLeft', 'ArrowRight'] : ['ArrowRight', 'ArrowLeft']
  const folded = entry.getAttribute('aria-expanded')
  switch (key) {
    case 'ArrowDown':
      return all[Math.min(at + 1, all.length - 1)]
    case 'ArrowUp':
      return all[Math.max(at - 1, 0)]
    case 'Home':
      return all[0]
    case 'End':
      return all.at(-1)
    case onward:
      if (folded === 'false') return entry.click(), entry
      return entry.parentElement?.querySelector<HTMLElement>(':scope > .button')
    case back:
      if (from !== entry) return entry
      if (folded === 'true') return entry.click(), entry
      return entry.closest('section')?.querySelector<HTMLElement>('button.account')
    default:
      return undefined
  }
}
