import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Text } from '../i18n/text.ts'
import { JMAPError } from '../jmap/error.ts'
import { type FieldTexts, labelsOf } from '../ui/refusal.ts'
import { worded } from '../ui/worded.ts'

/** What the forms here call what the admin API is asked for. */
const fields: FieldTexts = {
  action: 'admin.what', actor: 'admin.actor', address: 'admin.address', delegates: 'admin.who', displayed_sender: 'admin.displayed', from: 'admin.from',
  grantee: 'admin.who', kind: 'admin.kind', login: 'admin.login', name: 'admin.name', plan: 'admin.plan', rights: 'admin.rights', send: 'admin.send',
  target: 'admin.mailbox', to: 'admin.to', until: 'admin.until', user: 'admin.person',
}

/** Why something did not work: the server's words where it has some. */
export function reason(error: unknown, t: Text): string {
  if (error instanceof JMAPError) {
    if (error.description && error.type !== 'http500') return worded(error, undefined, labelsOf(fields, t))
    if (error.kind === 'offline') return t('ui.offline')
  }
  return t('ui.fault')
}

/** Whether somebody else has changed it in the meantime. */
export const outdated = (error: unknown): boolean => error instanceof JMAPError && error.kind === 'changed'

export interface Loaded<T> {
  value: T | undefined
  error: unknown
  /** Reads it again; what is shown stays until it is there. */
  again: () => void
}

/** Reads something when a component comes, and again when the key changes. */
export function useLoad<T>(key: string, read: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string; value?: T; error?: unknown }>({ key })
  const [round, setRound] = useState(0)
  const reader = useRef(read)
  useLayoutEffect(() => {
    reader.current = read
  })
  useEffect(() => {
    const stop = new AbortController()
    reader.current(stop.signal).then(
      (value) => !stop.signal.aborted && setState({ key, value }),
      (error: unknown) => !stop.signal.aborted && setState((old) => ({ key, error, ...(old.key === key && old.value !== undefined && { value: old.value }) })),
    )
    return () => stop.abort()
  }, [key, round])
  const again = useCallback(() => setRound((n) => n + 1), [])
  const mine = state.key === key ? state : undefined
  return { value: mine?.value, error: mine?.error, again }
}

export interface Paged<T> extends Loaded<readonly T[]> {
  /** Reads the next rows; undefined when there are no more. */
  more: (() => void) | undefined
  busy: boolean
}

/** How many rows are read at a time. */
const pageSize = 50

/** Reads a long list page by page. read gets the last row that is there, and asks for one row more than a page. */
export function usePaged<T>(key: string, read: (after: T | undefined, max: number, signal: AbortSignal) => Promise<readonly T[]>): Paged<T> {
  const [state, setState] = useState<{ key: string; rows?: readonly T[]; more: boolean; error?: unknown }>({ key, more: false })
  const [busy, setBusy] = useState(false)
  const [round, setRound] = useState(0)
  const reader = useRef(read)
  useLayoutEffect(() => {
    reader.current = read
  })
  const stop = useRef(new AbortController())

  const load = useCallback(
    async (before: readonly T[], signal: AbortSignal) => {
      setBusy(true)
      try {
        const page = await reader.current(before.at(-1), pageSize + 1, signal)
        if (!signal.aborted) setState({ key, rows: [...before, ...page.slice(0, pageSize)], more: page.length > pageSize })
      } catch (error) {
        if (!signal.aborted) setState((old) => ({ ...(old.key === key ? old : { key, more: false }), error }))
      }
      if (!signal.aborted) setBusy(false)
    },
    [key],
  )
  useEffect(() => {
    const mine = new AbortController()
    stop.current = mine
    void load([], mine.signal)
    return () => mine.abort()
  }, [load, round])

  const shown = state.key === key ? state : undefined
  return {
    value: shown?.rows,
    error: shown?.error,
    again: useCallback(() => setRound((n) => n + 1), []),
    more: shown?.more && !busy ? () => void load(shown.rows ?? [], stop.current.signal) : undefined,
    busy,
  }
}

/** A value that has not changed for a while: what somebody has typed. */
export function useSettled<T>(value: T, delay = 250): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delay)
    return () => clearTimeout(timer)
  }, [value, delay])
  return settled
}
