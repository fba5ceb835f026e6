import type { Id } from '../jmap/types.ts'
import type { Draft } from './draft.ts'
import type { Saved } from './write.ts'

/** The name changes with the shape of a draft: one of another shape cannot be gone on with. */
const kept = 'postroom.writing.2'

export interface Kept {
  draft: Draft
  saved: Saved | null
}

/** Keeps what is being written in this tab, so that reloading it loses nothing. */
export function keepDraft(who: Id, what: Kept): void {
  try {
    sessionStorage.setItem(kept, JSON.stringify({ who, ...what }))
  } catch {
    // It is too long for the tab's memory: the server has all but the last words.
  }
}

export function forgetDraft(): void {
  sessionStorage.removeItem(kept)
}

/** What this person was writing in this tab. What others were is forgotten. */
export function recallDraft(who: Id | undefined): Kept | null {
  const text = sessionStorage.getItem(kept)
  if (!text || !who) return null
  try {
    const found = JSON.parse(text) as Kept & { who: Id }
    if (found.who === who) return { draft: found.draft, saved: found.saved }
  } catch {
    // Not ours.
  }
  forgetDraft()
  return null
}
