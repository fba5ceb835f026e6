import { JMAPError } from '../jmap/error.ts'
import type { Filter, Id } from '../jmap/types.ts'

/** How many messages are asked for at a time. */
export const pageSize = 50

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
  private first = 0
  private last = 0
  private generation = 0
  private asked = -pause
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly listeners = new Set<() => void>()

  constructor(
    readonly spec: QuerySpec,
    private readonly fetchPage: (spec: QuerySpec, position: number, limit: number) => Promise<Page>,
  ) {}

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

  /** The messages changed: what is in view is fetched again now, or when somebody looks. */
  refresh(): void {
    this.stale = true
    if (this.listeners.size > 0) this.load()
  }

  /** Keeps what is shown, but asks again when somebody comes to look. */
  expire(): void {
    this.stale = true
  }

  retry(): void {
    this.error = undefined
    this.refresh()
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
    if (this.stale) {
      this.stale = false
      this.generation++
      this.loading.clear()
      this.reload()
      return
    }
    if (this.error) return
    const missing = this.missing(0)
    // What is in view comes first, alone; then what comes into view next.
    for (const number of missing.length > 0 ? missing : this.missing(ahead)) if (!this.loading.has(number)) void this.loadPage(number)
  }

  /** The pages in view, and so many rows around it, that are not whole here. */
  private missing(around: number): number[] {
    return this.inView(around).filter((number) => {
      const have = this.pages.get(number)
      return !have || (have.length < pageSize && number * pageSize + have.length < (this.total ?? 0))
    })
  }

  /** Fetches the pages in view anew; they replace what is shown when all are there. */
  private reload(): void {
    for (const number of this.inView()) void this.loadPage(number)
  }

  private inView(around = 0): number[] {
    if (this.total === undefined) around = 0
    const from = Math.floor(Math.max(0, this.first - around) / pageSize)
    const end = this.total === undefined ? this.last : Math.min(this.last + around, Math.max(0, this.total - 1))
    const to = Math.max(from, Math.floor(end / pageSize))
    return Array.from({ length: to - from + 1 }, (_, i) => from + i)
  }

  private async loadPage(number: number): Promise<void> {
    const generation = this.generation
    this.loading.add(number)
    this.asked = performance.now()
    try {
      const page = await this.fetchPage(this.spec, number * pageSize, pageSize)
      if (generation !== this.generation) return
      if (page.state !== this.state) {
        // Pages of another moment are elsewhere by now; those in view follow.
        const view = new Set(this.inView())
        for (const other of this.pages.keys()) if (!view.has(other)) this.pages.delete(other)
        this.state = page.state
      }
      this.total = page.total
      this.pages.set(number, page.ids)
      for (const other of this.pages.keys()) if (other * pageSize >= page.total && other > 0) this.pages.delete(other)
      this.error = undefined
    } catch (error) {
      if (generation !== this.generation) return
      this.error = error instanceof JMAPError ? error : new JMAPError('fault', 'client', String(error))
    } finally {
      if (generation === this.generation) this.loading.delete(number)
    }
    this.changed()
  }

  private changed(): void {
    this.version++
    for (const listener of [...this.listeners]) listener()
  }
}
