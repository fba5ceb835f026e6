import { type RefObject, useEffect } from 'react'

/** Whether an element is all under another. */
function under(element: Element, cover: Element): boolean {
  const box = element.getBoundingClientRect()
  const parts = [0.1, 0.5, 0.9]
  return box.width > 0 && parts.every((x) => parts.every((y) => cover.contains(document.elementFromPoint(box.left + box.width * x, box.top + box.height * y))))
}

/** What is always above: it opens with the focus in it, before it is painted. */
const above = '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]'

/**
 * What has the focus is not under the window (WCAG 2.2, 2.4.11): when somebody at the keyboard goes to something below it, all of it but its
 * head goes away, until the focus comes back into it or it is clicked.
 */
export function useGivingWay(window: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const attended = ({ type, target }: Event) => {
      const element = window.current
      if (!element || !(target instanceof Element)) return
      if (element.contains(target)) delete element.dataset['aside']
      else if (type === 'focusin' && target.matches(':focus-visible') && !target.closest(above) && under(target, element)) element.dataset['aside'] = ''
    }
    for (const type of ['focusin', 'pointerdown']) document.addEventListener(type, attended)
    return () => {
      for (const type of ['focusin', 'pointerdown']) document.removeEventListener(type, attended)
    }
  }, [window])
}
