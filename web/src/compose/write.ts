import type { Address, Email, Id } from '../jmap/types.ts'
import type { Draft } from './draft.ts'

/** What somebody wants to write. */
export type Wish =
  | { kind: 'new'; account: Id | undefined; to?: readonly Address[] }
  | { kind: 'reply' | 'replyAll' | 'forward'; account: Id; email: Id }
  /** Goes on with a draft that is kept on the server. */
  | { kind: 'draft'; account: Id; email: Id }
  /** Goes on with a draft as it was here. */
  | { kind: 'again'; draft: Draft; saved: Saved | null }

/** A version of a draft on the server. */
export interface Saved {
  account: Id
  id: Id
}

type Listener = (wish: Wish) => void

const listeners = new Set<Listener>()

/** Opens the composer. */
export function write(wish: Wish): void {
  for (const listener of listeners) listener(wish)
}

/** Hears of what is to be written; the answer ends it. */
export function onWrite(listener: Listener): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

/** Whether a message is a draft that one can go on with. */
export function isDraft(email: Email): boolean {
  return email.keywords['$draft'] === true
}
