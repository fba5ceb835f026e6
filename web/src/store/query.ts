import { JMAPError } from '../jmap/error.ts'
import type { Filter, Id } from '../jmap/types.ts'

/** How many messages a page has; pages beside one another are asked for at once. */
export const pageSize = 25

/** The most pages that are asked for at once: what stands in view, with the messages of its conversations. */
const maxRun = 4

/** How many rows ahead of those in view are fetched. */
const ahead = 20

/** A list being scrolled asks at once, and again no sooner than this, in milliseconds. */
const pause = 40

export interface Sort {
  property: string
  isAscending: boolean
}

export interface QuerySpec {
  account: Id
  filter: Filter
  sort: Sort[]
  collapseThreads: boolean
}

/** One row: a message, in one of the accounts. */
export interface Ref {
  account: Id
  id: Id
}

export interface Page {
  ids: Id[]
  total: number
  state: string
}

/** What has changed in a list between two states (RFC 8620 §5.6). */
export interface Difference {
  removed: Id[]
  /** Where each is in the new list. */
  added: { id: Id; index: number }[]
  total: number
  state: string
}

/** The first rows of a list, as they were at a state. */
export interface Known {
  ids: readonly Id[]
  total: number
  state: string
}

/** What a list shows, whichever way it comes about. */
export interface Rows {
  /** Rows there are; undefined until known. */
  readonly total: number | undefined
  readonly error: JMAPError | undefined
  /** Changes with each change. */
  readonly version: number
  at(index: number): Ref | undefined
  /** Says which rows are in view; the missing ones are fetched. */
  want(first: number, last: number): void
  retry(): void
  subscribe(listener: () => void): () => void
}

/**
 * The result of one query as sparse pages of ids: of a million rows only what
 * was looked at is here. When the messages of the account change, the pages in
 * view are fetched again and the others forgotten.
 */
export class Query implements Rows {
  total: number | undefined
  error: JMAPError | undefined
  version = 0

  private pages = new Map<number, readonly Id[]>()
  private loading = new Set<number>()
  private state = ''
  private stale = false
  /** The server cannot be reached: nothing is asked until it is. */
  private held = false
  private first = 0
  private last = 0
  private generation = 0
  private asked = -pause
  /** When what is in view was last asked for as a whole, as performance.now() tells it. */
  private renewed = -1
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly listeners = new Set<() => void>()

  constructor(
    readonly spec: QuerySpec,
    private readonly fetchPage: (spec: QuerySpec, position: number, limit: number) => Promise<Page>,
    /** Undefined when the server cannot say. */
    private readonly fetchDifference: (spec: QuerySpec, since: string) => Promise<Difference | undefined> = () => Promise.resolve(undefined),
  ) {}

  /** Shows rows that were kept; they are brought up to date when somebody looks. */
  restore(known: Known): void {
    this.show(known.ids, known)
    this.stale = true
    this.changed()
  }

  /** The first rows, at most so many, to be kept; undefined when nothing certain is known of them. */
  known(most: number): Known | undefined {
    if (this.total === undefined || this.state === '') return undefined
    return { ids: this.prefix().slice(0, most), total: this.total, state: this.state }
  }

  at(index: number): Ref | undefined {
    const id = this.pages.get(Math.floor(index / pageSize))?.[index % pageSize]
    return id === undefined ? undefined : { account: this.spec.account, id }
  }

  want(first: number, last: number): void {
    this.first = Math.max(0, first)
    this.last = last
    if (this.total === undefined || this.stale) this.load()
    else if (this.timer === undefined) {
      const rest = this.asked + pause - performance.now()
      if (rest > 0) this.timer = setTimeout(() => this.load(), rest)
      else this.load()
    }
  }

  /**
   * The messages changed: what is in view is fetched again now, or when somebody looks.
   *
   * @param since when the server was asked what changed; what was asked for later has it already.
   */
  refresh(since = Infinity): void {
    if (this.renewed >= since) return
    this.stale = true
    this.held = false
    if (this.listeners.size > 0) this.load()
  }

  /** The records of the rows are gone: they are fetched with the list. */
  renew(): void {
    this.state = ''
    this.refresh()
  }

  /** Keeps what is shown, but asks again when somebody comes to look; unless it was asked for since. */
  expire(since = Infinity): void {
    if (this.renewed < since) this.stale = true
  }

  /** Fetches the first rows, or what changed in them, when nobody looks yet: somebody is about to. */
  warm(): void {
    if (this.listeners.size === 0 && this.loading.size === 0 && (this.total === undefined || this.stale)) this.want(0, 1)
  }

  retry(): void {
    this.error = undefined
    this.refresh()
  }

  /** The server can be reached again. */
  resume(): void {
    if (this.held || this.error?.kind === 'offline') this.retry()
  }

  /** Takes rows out ahead of the server's word. */
  drop(ids: ReadonlySet<Id>): void {
    const numbers = [...this.pages.keys()].sort((a, b) => a - b)
    let dropped = 0
    // Only a run of pages from the first one on can close up; later ones are forgotten.
    const kept: Id[] = []
    let run = 0
    for (const number of numbers) {
      const page = this.pages.get(number)!
      const rest = page.filter((id) => !ids.has(id))
      dropped += page.length - rest.length
      if (number === run) {
        kept.push(...rest)
        run++
      }
    }
    if (dropped === 0) return
    this.generation++ // an answer under way still has them
    this.state = '' // this list is none of the server's
    this.renewed = -1
    this.loading.clear()
    const pages = new Map<number, readonly Id[]>()
    for (let i = 0; i < kept.length; i += pageSize) pages.set(i / pageSize, kept.slice(i, i + pageSize))
    for (const number of numbers) if (number >= run) pages.set(number, this.pages.get(number)!.filter((id) => !ids.has(id)))
    this.pages = pages
    if (this.total !== undefined) this.total = Math.max(0, this.total - dropped)
    this.changed()
  }

  /** The ids loaded without a gap from the first row on. */
  prefix(): readonly Id[] {
    const ids: Id[] = []
    for (let number = 0; ; number++) {
      const page = this.pages.get(number)
      if (page) ids.push(...page)
      if (!page || page.length < pageSize) return ids
    }
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }

  private load(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    if (this.held) return
    if (this.stale) {
      this.stale = false
      this.generation++
      this.loading.clear()
      if (this.state !== '' && this.prefix().length > this.reach()) void this.catchUp()
      else this.reload()
      return
    }
    if (this.error) return
    const missing = this.missing(0)
    // What is in view comes first, alone; then what comes into view next.
    this.loadPages((missing.length > 0 ? missing : this.missing(ahead)).filter((number) => !this.loading.has(number)))
  }

  /** The pages in view, and so many rows around it, of which a row is not here. */
  private missing(around: number): number[] {
    const end = Math.min(this.last + around, (this.total ?? 0) - 1)
    return this.inView(around).filter((number) => {
      const have = this.pages.get(number)
      return !have || (have.length < pageSize && number * pageSize + have.length <= end)
    })
  }

  /** Fetches the pages in view anew, with those that come into view next; they replace what is shown when they are there. */
  private reload(): void {
    this.renewed = performance.now()
    this.loadPages(this.inView(ahead))
  }

  /** Fetches pages, those beside one another at once. */
  private loadPages(numbers: readonly number[]): void {
    let count = 0
    for (const [i, number] of numbers.entries()) {
      count++
      if (numbers[i + 1] === number + 1 && count < maxRun) continue
      void this.loadRun(number + 1 - count, count)
      count = 0
    }
  }

  /** Asks what has changed since the state of what is shown, and makes it so. */
  private async catchUp(): Promise<void> {
    const { generation, state } = this
    this.renewed = performance.now()
    try {
      const difference = await this.fetchDifference(this.spec, state)
      if (generation !== this.generation) return
      if (!difference || this.state !== state) return this.reload()
      const gone = new Set(difference.removed)
      const ids = this.prefix().filter((id) => !gone.has(id))
      for (const { id, index } of [...difference.added].sort((a, b) => a.index - b.index)) {
        if (index > ids.length) break // what is between is not known
        ids.splice(index, 0, id)
      }
      this.show(ids, difference)
      this.error = undefined
    } catch (error) {
      if (generation !== this.generation) return
      this.fail(error)
    }
    this.changed()
    this.load()
  }

  /** Rows from the first on, and nothing else. */
  private show(ids: readonly Id[], { total, state }: Pick<Known, 'total' | 'state'>): void {
    this.pages.clear()
    for (let i = 0; i < ids.length; i += pageSize) this.pages.set(i / pageSize, ids.slice(i, i + pageSize))
    if (total === 0) this.pages.set(0, [])
    this.total = total
    this.state = state
  }

  /** The last row that somebody looks at. */
  private reach(): number {
    return Math.min(this.last, Math.max(0, (this.total ?? 0) - 1))
  }

  private fail(error: unknown): void {
    const fault = error instanceof JMAPError ? error : new JMAPError('fault', 'client', String(error))
    // What is known is shown until the server can be asked again.
    if (fault.kind === 'offline' && this.total !== undefined) this.stale = this.held = true
    else this.error = fault
  }

  private inView(around = 0): number[] {
    if (this.total === undefined) around = 0
    const from = Math.floor(Math.max(0, this.first - around) / pageSize)
    const end = this.total === undefined ? this.last : Math.min(this.last + around, Math.max(0, this.total - 1))
    const to = Math.max(from, Math.floor(end / pageSize))
    return Array.from({ length: to - from + 1 }, (_, i) => from + i)
  }

  private async loadRun(first: number, count: number): Promise<void> {
    const generation = this.generation
    const numbers = Array.from({ length: count }, (_, i) => first + i)
    for (const number of numbers) this.loading.add(number)
    this.asked = performance.now()
    try {
      const page = await this.fetchPage(this.spec, first * pageSize, count * pageSize)
      if (generation !== this.generation) return
      if (page.state !== this.state) {
        // Pages of another moment are elsewhere by now; those in view follow.
        const view = new Set(this.inView())
        for (const other of this.pages.keys()) if (!view.has(other)) this.pages.delete(other)
        this.state = page.state
      }
      this.total = page.total
      for (const [i, number] of numbers.entries()) this.pages.set(number, page.ids.slice(i * pageSize, (i + 1) * pageSize))
      for (const other of this.pages.keys()) if (other * pageSize >= page.total && other > 0) this.pages.delete(other)
      this.error = undefined
    } catch (error) {
      if (generation !== this.generation) return
      this.fail(error)
    } finally {
      if (generation === this.generation) for (const number of numbers) this.loading.delete(number)
    }
    this.changed()
  }

  private changed(): void {
    this.version++
    for (const listener of [...this.listeners]) listener()
  }
}
