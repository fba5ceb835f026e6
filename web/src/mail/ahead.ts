import { useCallback, useEffect, useRef } from 'react'
import { useStore } from '../store/hooks.ts'
import type { Ref, Rows } from '../store/query.ts'
import type { Store } from '../store/store.ts'

/** How long somebody stays at a row before its conversation is fetched, in milliseconds: with the keyboard, and with the pointer. */
const pause = 100
const rest = 30

/**
 * Fetches the conversations that are likely to be opened next, so that they are
 * there when they are: that of the row the keyboard is at with its neighbours,
 * and, told of it by what is given back, that of the row the pointer rests on.
 */
export function useAhead(rows: Rows, version: number, active: number): (index: number) => void {
  const store = useStore()
  useEffect(() => {
    const timer = setTimeout(() => expect(store, [active, active + 1, active - 1].flatMap((index) => rows.at(index) ?? [])), pause)
    return () => clearTimeout(timer)
  }, [store, rows, version, active])

  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  return useCallback(
    (index: number) => {
      clearTimeout(timer.current)
      timer.current = setTimeout(() => expect(store, [rows.at(index) ?? []].flat()), rest)
    },
    [store, rows],
  )
}

function expect(store: Store, refs: readonly Ref[]): void {
  const threads = new Map<string, string[]>()
  for (const { account, id } of refs) {
    const thread = store.get(account, 'Email', id)?.threadId
    if (thread) threads.set(account, [...(threads.get(account) ?? []), thread])
  }
  for (const [account, ids] of threads) store.expect(account, ids)
}
