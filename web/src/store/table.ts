import type { Id } from '../jmap/types.ts'
import { applyPatch, type Patch } from './patch.ts'

/** Changes shown before the server has confirmed them. */
export interface Layer {
  update: Record<Id, Patch>
}

/**
 * The records of one type in one account, as far as they were fetched, at one
 * state of the server; over them the layers of what is being changed.
 */
export class Table<T extends { id: Id }> {
  /** The server's word for what the records are as of; null when nothing was fetched. */
  state: string | null = null

  private readonly base = new Map<Id, T>()
  private readonly shown = new Map<Id, T>()
  private layers: Layer[] = []
  private list: readonly T[] | null = null

  constructor(private readonly changed: (ids: Iterable<Id>) => void) {}

  /** The record as it is to be shown; the same object until it changes. */
  get(id: Id): T | undefined {
    const kept = this.shown.get(id)
    if (kept) return kept
    let record = this.base.get(id)
    if (!record) return undefined
    for (const layer of this.layers) {
      const patch = layer.update[id]
      if (patch) record = applyPatch(record, patch)
    }
    this.shown.set(id, record)
    return record
  }

  has(id: Id): boolean {
    return this.base.has(id)
  }

  /** Every record; the same array until one changes. */
  all(): readonly T[] {
    this.list ??= [...this.base.keys()].map((id) => this.get(id)!)
    return this.list
  }

  /** Takes what the server sent; properties it did not send stay. */
  put(records: readonly (Partial<T> & { id: Id })[]): void {
    for (const record of records) this.base.set(record.id, { ...this.base.get(record.id), ...record } as T)
    this.touch(records.map((r) => r.id))
  }

  /** Whether a change waits for the server's word. */
  get pending(): boolean {
    return this.layers.length > 0
  }

  /** Takes records that were kept, as of a state; empty when none was known. */
  restore(records: readonly T[], state: string): void {
    this.put(records)
    this.state = state || null
  }

  remove(ids: readonly Id[]): void {
    const gone = ids.filter((id) => this.base.delete(id))
    this.touch(gone)
  }

  /** Forgets everything: the server cannot say what has changed. */
  clear(): void {
    const ids = [...this.base.keys()]
    this.base.clear()
    this.state = null
    this.touch(ids)
  }

  lay(layer: Layer): void {
    this.layers = [...this.layers, layer]
    this.touch(Object.keys(layer.update))
  }

  /** Takes a layer off: into the records when the server did it, away when not. */
  lift(layer: Layer, outcome: 'done' | 'refused'): void {
    if (!this.layers.includes(layer)) return
    this.layers = this.layers.filter((l) => l !== layer)
    if (outcome === 'done') {
      for (const [id, patch] of Object.entries(layer.update)) {
        const record = this.base.get(id)
        if (record) this.base.set(id, applyPatch(record, patch))
      }
    }
    this.touch(Object.keys(layer.update))
  }

  private touch(ids: readonly Id[]): void {
    if (ids.length === 0) return
    for (const id of ids) this.shown.delete(id)
    this.list = null
    this.changed(ids)
  }
}
