import type { Id } from '../jmap/types.ts'
import type { Emitter } from '../store/emitter.ts'
import type { Person } from './work.ts'

/** A note as it is being written. */
export interface NoteDraft {
  text: string
  /** Whom the text names. */
  mentions: readonly Person[]
  /** Why it could not be saved. */
  fault?: string
}

/** Which draft of a conversation: that of a note that is changed, or of a new one. */
export type DraftPlace = Id | typeof newNote
export const newNote = ''

type Drafts = ReadonlyMap<DraftPlace, NoteDraft>
const none: Drafts = new Map()

/** Notes that are being written, or could not be saved: kept while the page lives, wherever one goes meanwhile. */
export class NoteDrafts {
  private readonly kept = new Map<string, Drafts>()

  constructor(private readonly emitter: Emitter) {}

  static key(account: Id, thread: Id): string {
    return `${account}/NoteDrafts/${thread}`
  }

  /** Those of a conversation; the same object until one changes. */
  all(account: Id, thread: Id): Drafts {
    return this.kept.get(NoteDrafts.key(account, thread)) ?? none
  }

  /** Keeps a draft; null forgets it. */
  put(account: Id, thread: Id, place: DraftPlace, draft: NoteDraft | null): void {
    const key = NoteDrafts.key(account, thread)
    const next = new Map(this.kept.get(key))
    if (draft) next.set(place, draft)
    else next.delete(place)
    if (next.size > 0) this.kept.set(key, next)
    else this.kept.delete(key)
    this.emitter.emit(key)
  }

  /** Gives back what could not be saved, before what has been written there since. Answers whether somebody looks at it. */
  giveBack(account: Id, thread: Id, place: DraftPlace, draft: NoteDraft): boolean {
    const since = this.all(account, thread).get(place)
    const text = since?.text.trim() ? `${draft.text}\n${since.text}` : draft.text
    const mentions = together(draft.mentions, since?.mentions ?? [])
    this.put(account, thread, place, { text, mentions, fault: draft.fault ?? since?.fault })
    return this.emitter.has(NoteDrafts.key(account, thread))
  }

  /** What was to be changed in a note that is gone becomes a new one. */
  adopt(account: Id, thread: Id, notes: readonly Id[]): void {
    for (const [place, draft] of this.all(account, thread)) {
      if (place === newNote || notes.includes(place)) continue
      this.put(account, thread, place, null)
      this.giveBack(account, thread, newNote, draft)
    }
  }
}

/** People of two lists, each once. */
export function together(some: readonly Person[], others: readonly Person[]): readonly Person[] {
  return [...some, ...others.filter((one) => !some.some((known) => known.email === one.email))]
}
