import type { JMAPError } from '../jmap/error.ts'
import { pageSize, type Query, type Ref, type Rows } from './query.ts'

/** How many rows further a list is read when it is scrolled. */
const step = 2 * pageSize

/**
 * Several queries as one list, newest first. JMAP has no query over accounts,
 * so each is read from its beginning as far as the list is scrolled.
 */
export class Merged implements Rows {
  version = 0
  private refs: readonly Ref[] = []
  private seen = ''
  private wanted = step

  /**
   * @param timeOf is when a message arrived, as RFC 3339 in UTC; undefined while unknown.
   */
  constructor(
    readonly queries: readonly Query[],
    private readonly timeOf: (ref: Ref) => string | undefined,
  ) {}

  /** Rows that can be scrolled to now: what is merged, and a page more while there is more. */
  get total(): number | undefined {
    if (this.queries.some((q) => q.total === undefined && !q.error)) return undefined
    this.merge()
    const all = this.queries.reduce((sum, q) => sum + (q.total ?? 0), 0)
    return Math.min(all, this.refs.length + step)
  }

  get error(): JMAPError | undefined {
    return this.queries.every((q) => q.error) ? this.queries[0]?.error : undefined
  }

  at(index: number): Ref | undefined {
    this.merge()
    return this.refs[index]
  }

  want(_first: number, last: number): void {
    this.wanted = Math.max(last + 1, step)
    this.merge()
    for (const query of this.queries) query.want(0, Math.min(this.reach(query), this.wanted) - 1)
  }

  retry(): void {
    for (const query of this.queries) if (query.error) query.retry()
  }

  subscribe(listener: () => void): () => void {
    const stops = this.queries.map((q) =>
      q.subscribe(() => {
        this.version++
        listener()
      }),
    )
    return () => {
      for (const stop of stops) stop()
    }
  }

  /** How far a query has to be read: a page past what the list has taken of it. */
  private reach(query: Query): number {
    let taken = 0
    for (const ref of this.refs) if (ref.account === query.spec.account) taken++
    return (Math.floor(taken / step) + 1) * step
  }

  private merge(): void {
    const key = this.queries.map((q) => q.version).join()
    if (key === this.seen) return
    this.seen = key
    const sources = this.queries.map((q) => ({ account: q.spec.account, ids: q.prefix(), total: q.total ?? 0, next: 0 }))
    const refs: Ref[] = []
    for (;;) {
      let best: (typeof sources)[number] | undefined
      let bestTime = ''
      for (const source of sources) {
        const id = source.ids[source.next]
        if (id === undefined) {
          if (source.next < source.total) return this.take(refs) // what follows is not known yet
          continue
        }
        const time = this.timeOf({ account: source.account, id }) ?? ''
        if (!best || time > bestTime) [best, bestTime] = [source, time]
      }
      if (!best) return this.take(refs)
      refs.push({ account: best.account, id: best.ids[best.next++]! })
    }
  }

  private take(refs: Ref[]): void {
    this.refs = refs
  }
}
