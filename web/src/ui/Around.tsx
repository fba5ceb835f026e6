import { use, useLayoutEffect, useRef } from 'react'
import { ComboBoxStateContext } from 'react-aria-components'

/**
 * In a ComboBox: while its list is open, the rest of the page is told by assistive technology as before. React Aria hides it then, but leaves it
 * reachable by the keyboard: one would come to what is not told. What is marked so, it never hides.
 */
export function Around() {
  const isOpen = use(ComboBoxStateContext)?.isOpen
  const place = useRef<HTMLSpanElement>(null)
  // Before the list is shown, and so before the rest is hidden.
  useLayoutEffect(() => {
    const page = place.current?.closest<HTMLElement>('body > *')
    if (!isOpen || !page) return undefined
    page.dataset['reactAriaTopLayer'] = 'true'
    return () => void delete page.dataset['reactAriaTopLayer']
  }, [isOpen])
  return <span ref={place} hidden />
}
