import { useEffect } from 'react'
import { isDraft, write } from '../compose/write.ts'
import { useStore } from '../store/hooks.ts'
import type { Ref, Rows } from '../store/query.ts'
import { giveBack } from '../ui/focus.ts'
import { go, type Route } from './route.ts'
import type { SelectionControl } from './useSelection.ts'

/** How many rows are looked through for the one of a conversation that is opened. */
const longest = 500

/** What one is at in a list: the rows that are chosen, what is open, or the row the keyboard is at. */
export interface Hand {
  chosen: readonly Ref[]
  /** What a key or a button is about. */
  rows: () => readonly Ref[]
  /** The message that is answered: the last of what is open, or else the one at hand. */
  answered: () => Ref | undefined
  openRow: (row: Ref) => void
  openActive: () => void
  close: () => void
  /** Goes so many rows on; what is open follows. */
  step: (by: number) => void
  /** Whether a message belongs to what is open. */
  isOpen: (row: Ref) => boolean
}

export function useHand(route: Route, rows: Rows, role: string | null | undefined, selection: SelectionControl): Hand {
  const store = useStore()
  const { open } = route
  const chosen = [...selection.chosen.values()]
  const email = (row: Ref) => store.get(row.account, 'Email', row.id)
  const isOpen = (row: Ref) => row.account === open?.account && email(row)?.threadId === open.thread
  const members = () => (open && store.get(open.account, 'Thread', open.thread)?.emailIds) ?? []
  const opened = (): Ref | undefined => {
    const row = rows.at(selection.active)
    if (row && isOpen(row)) return row
    const id = members().at(-1)
    return open && id ? { account: open.account, id } : undefined
  }
  const openRow = (row: Ref) => {
    const one = email(row)
    if (one && role === 'drafts' && isDraft(one)) write({ kind: 'draft', account: row.account, email: row.id })
    else if (one) go({ ...route, open: { account: row.account, thread: one.threadId } }, open ? 'replace' : 'push')
  }

  // The row of what is open is where the keyboard goes on.
  const thread = open?.thread
  useEffect(() => {
    if (!thread) return
    const index = Array.from({ length: Math.min(rows.total ?? 0, longest) }, (_, i) => i).find((i) => isOpen(rows.at(i) ?? { account: '', id: '' }))
    if (index !== undefined && index !== selection.active) selection.moveTo(index)
    // Only when another conversation is opened.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [thread])

  return {
    chosen,
    rows: () => {
      if (chosen.length > 0) return chosen
      const row = opened() ?? rows.at(selection.active)
      return row ? [row] : []
    },
    answered: () => {
      if (!open) return rows.at(selection.active)
      const id = [...members()].reverse().find((one) => !email({ account: open.account, id: one })?.keywords['$draft'])
      return id ? { account: open.account, id } : undefined
    },
    openRow,
    openActive: () => {
      const row = rows.at(selection.active)
      if (row) openRow(row)
    },
    close: () => {
      go({ ...route, open: null })
      requestAnimationFrame(() => giveBack(null))
    },
    step: (by) => {
      const index = Math.max(0, Math.min(selection.active + by, (rows.total ?? 1) - 1))
      selection.moveTo(index)
      const row = rows.at(index)
      if (open && row) openRow(row)
    },
    isOpen,
  }
}
