import { useCallback, useState } from 'react'
import type { Ref, Rows } from '../store/query.ts'

export const keyOf = (ref: Ref): string => `${ref.account}/${ref.id}`

export interface Selection {
  /** The chosen rows by key. */
  chosen: ReadonlyMap<string, Ref>
  /** The row the keyboard is at. */
  active: number
  /** Where a range begins. */
  anchor: number
}

export interface SelectionControl extends Selection {
  moveTo(index: number): void
  toggle(index: number): void
  /** Chooses everything from the anchor up to here. */
  extend(index: number): void
  chooseAll(): void
  clear(): void
}

const nothing: Selection = { chosen: new Map(), active: 0, anchor: 0 }

/** The most rows that are chosen at once: what one change can do. */
const most = 2000

/** Which rows of a list are chosen. It begins anew with another list. */
export function useSelection(rows: Rows): SelectionControl {
  const [state, setState] = useState<{ rows: Rows; selection: Selection }>({ rows, selection: nothing })
  const selection = state.rows === rows ? state.selection : nothing
  const set = useCallback((change: (before: Selection) => Selection) => setState((s) => ({ rows, selection: change(s.rows === rows ? s.selection : nothing) })), [rows])
  const range = (from: number, to: number) => {
    const chosen = new Map<string, Ref>()
    for (let i = Math.min(from, to); i <= Math.max(from, to) && chosen.size < most; i++) {
      const ref = rows.at(i)
      if (ref) chosen.set(keyOf(ref), ref)
    }
    return chosen
  }
  return {
    ...selection,
    moveTo: (index) => set((s) => ({ ...s, active: index, anchor: index })),
    toggle: (index) =>
      set((s) => {
        const ref = rows.at(index)
        if (!ref) return s
        const chosen = new Map(s.chosen)
        if (!chosen.delete(keyOf(ref))) chosen.set(keyOf(ref), ref)
        return { chosen, active: index, anchor: index }
      }),
    extend: (index) => set((s) => ({ ...s, chosen: range(s.anchor, index), active: index })),
    chooseAll: () => set((s) => ({ ...s, chosen: range(0, Math.min(rows.total ?? 0, most) - 1) })),
    clear: () => set((s) => (s.chosen.size === 0 ? s : { ...s, chosen: new Map() })),
  }
}
