import { useSyncExternalStore } from 'react'

const lists = new Map<string, MediaQueryList>()

/** A query is made once: to make one has the browser work out the styles of the page. */
function listOf(query: string): MediaQueryList {
  let list = lists.get(query)
  if (!list) lists.set(query, (list = matchMedia(query)))
  return list
}

/** Whether a media query holds. */
export function useMedia(query: string): boolean {
  const list = listOf(query)
  return useSyncExternalStore(
    (listener) => {
      list.addEventListener('change', listener)
      return () => list.removeEventListener('change', listener)
    },
    () => list.matches,
  )
}

/** A phone: one thing at a time. */
export const phone = '(max-width: 47.99rem)'

/** Wide enough for list and conversation side by side. */
export const wide = '(min-width: 68rem)'
