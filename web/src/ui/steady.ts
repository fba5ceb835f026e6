import { useCallback, useLayoutEffect, useRef } from 'react'

/**
 * A function that stays the same one and does what the last rendering said: what
 * it is given to is not rendered again because of it. For what answers to events, not to be called while rendering.
 */
export function useSteady<A extends readonly unknown[], R>(act: (...args: A) => R): (...args: A) => R {
  const latest = useRef(act)
  useLayoutEffect(() => {
    latest.current = act
  })
  return useCallback((...args: A) => latest.current(...args), [])
}
