import { useSyncExternalStore } from 'react'

/** Whether a media query holds. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query)
      list.addEventListener('change', listener)
      return () => list.removeEventListener('change', listener)
    },
    () => matchMedia(query).matches,
  )
}

/** A phone: one thing at a time. */
export const phone = '(max-width: 47.99rem)'

/** Wide enough for list and conversation side by side. */
export const wide = '(min-width: 68rem)'
