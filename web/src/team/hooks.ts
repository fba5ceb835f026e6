import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react'
import type { Email, Id } from '../jmap/types.ts'
import { useAccounts, useStore } from '../store/hooks.ts'
import type { Store } from '../store/store.ts'
import { type DraftPlace, type NoteDraft, NoteDrafts } from './drafts.ts'
import { type Note, type Presence, type Team, teamOf, type WorkRecord } from './team.ts'
import { type Person, type Work, workOf } from './work.ts'

export function useTeam(): Team {
  return teamOf(useStore())
}

/** Whether several people work in a mailbox. */
export function useShared(account: Id | undefined): boolean {
  const team = useTeam()
  const store = useStore()
  const subscribe = useCallback((listener: () => void) => store.emitter.on('accounts', listener), [store])
  return useSyncExternalStore(subscribe, () => account !== undefined && team.isShared(store.account(account)))
}

/** The accounts in which several people work. */
export function useSharedAccounts(): readonly Id[] {
  const team = useTeam()
  return useAccounts().filter((a) => team.isShared(a)).map((a) => a.id)
}

const none: readonly never[] = []

/** Others who are at a conversation; the same list until it changes. */
export function usePresence(account: Id, thread: Id | undefined, active = true): readonly Presence[] {
  const team = useTeam()
  const store = useStore()
  const kept = useRef<readonly Presence[]>(none)
  const subscribe = useCallback((listener: () => void) => (active ? store.emitter.on(`${account}/Presence/all`, listener) : () => {}), [store, account, active])
  useEffect(() => {
    if (active && !team.presence.get(account, 'all')) team.presence.load(account, 'all').catch(() => {})
  }, [team, account, active])
  return useSyncExternalStore(subscribe, () => {
    const now = active && thread ? team.othersAt(account, thread) : none
    const same = now.length === kept.current.length && now.every((p, i) => p.who.email === kept.current[i]!.who.email && p.activity === kept.current[i]!.activity)
    if (!same) kept.current = now
    return kept.current
  })
}

/** What the server says of a conversation's work beside its keywords; undefined until known, null when it is not there. */
export function useWorkRecord(account: Id, thread: Id, active = true): WorkRecord | null | undefined {
  const team = useTeam()
  const store = useStore()
  const subscribe = useCallback((listener: () => void) => (active ? store.emitter.on(`${account}/Work/${thread}`, listener) : () => {}), [store, account, thread, active])
  useEffect(() => {
    if (active) team.work.load(account, thread).catch(() => {})
  }, [team, account, thread, active])
  return useSyncExternalStore(subscribe, () => (active ? team.work.get(account, thread) : undefined))
}

export function useNotes(account: Id, thread: Id, active = true): readonly Note[] | undefined {
  const team = useTeam()
  const store = useStore()
  const subscribe = useCallback((listener: () => void) => (active ? store.emitter.on(`${account}/Notes/${thread}`, listener) : () => {}), [store, account, thread, active])
  useEffect(() => {
    if (active) team.notes.load(account, thread).catch(() => {})
  }, [team, account, thread, active])
  return useSyncExternalStore(subscribe, () => (active ? team.notes.get(account, thread) : undefined))
}

/** The notes of a conversation that are being written here, or could not be saved. */
export function useNoteDrafts(account: Id, thread: Id): ReadonlyMap<DraftPlace, NoteDraft> {
  const team = useTeam()
  const store = useStore()
  const subscribe = useCallback((listener: () => void) => store.emitter.on(NoteDrafts.key(account, thread), listener), [store, account, thread])
  return useSyncExternalStore(subscribe, () => team.drafts.all(account, thread))
}

/** Somebody by the address that a keyword has. */
export function usePerson(account: Id, thread: Id, address: string | null): Person | null {
  const team = useTeam()
  const store = useStore()
  const subscribe = useCallback((listener: () => void) => store.emitter.on(`person/${address}`, listener), [store, address])
  const known = useSyncExternalStore(subscribe, () => (address ? team.knows(address) : undefined))
  return address === null ? null : (known ?? team.person(account, thread, address))
}

/** Where a conversation stands, by its messages as they are here. */
export function readWork(store: Store, account: Id, emails: readonly Email[]): Work {
  return workOf(emails, (id) => store.get(account, 'Mailbox', id)?.role)
}
