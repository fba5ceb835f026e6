/** Whether an element takes the focus when it is asked to. */
function focused(element: Element | null | undefined): boolean {
  if (!(element instanceof HTMLElement) || element === document.body || !element.checkVisibility({ visibilityProperty: true })) return false
  element.focus({ preventScroll: true })
  return document.activeElement === element
}

/** Where one goes on when the place one came from is no more: the list, else what is open, else the content of the page. */
const places = ['[data-focus-list]', '.conversation-scroller', 'main']

/** Gives the focus back to where one came from before something took it, or to the next best place (WCAG 2.4.3). */
export function giveBack(to: Element | null): void {
  if (focused(to)) return
  for (const place of places) if (focused(document.querySelector(place))) return
}
