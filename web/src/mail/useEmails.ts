import { useCallback, useRef, useSyncExternalStore } from 'react'
import type { Email, Id } from '../jmap/types.ts'
import { useStore } from '../store/hooks.ts'

/** Messages by id, those that are there; the same array until one of them changes. */
export function useEmails(account: Id, ids: readonly Id[]): readonly Email[] {
  const store = useStore()
  const kept = useRef<readonly Email[]>([])
  const subscribe = useCallback((listener: () => void) => store.emitter.on(`${account}/Email`, listener), [store, account])
  return useSyncExternalStore(subscribe, () => {
    const now = ids.map((id) => store.get(account, 'Email', id)).filter((email) => email !== undefined)
    if (now.length !== kept.current.length || now.some((email, i) => email !== kept.current[i])) kept.current = now
    return kept.current
  })
}
