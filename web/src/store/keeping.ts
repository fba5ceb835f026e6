import type { Email, Id } from '../jmap/types.ts'
import type { Bounds, Disk } from './disk.ts'
import type { Shelf } from './shelf.ts'
import { bodyOf, type Snapshot } from './snapshot.ts'

/** What is kept of the texts of messages: 50 MB, for 30 days since they were looked at. */
export const bounds: Bounds = { size: 50_000_000, age: 30 * 86_400_000 }

/** How long after a change it is written, in milliseconds. */
const pause = 1000

/** The lock of the one page that writes accounts. */
const lockName = 'postroom.kept'

/** What is kept from. */
interface Source {
  readonly accounts: readonly { id: Id }[]
  snapshot(account: Id): Snapshot | undefined
}

interface Options {
  /** Web Locks; without them two pages could write over one another, and nothing is kept. */
  locks: Pick<LockManager, 'request'>
  /** The server has to be asked which accounts there are: another page took something away. */
  onStale: () => void
  /** Accounts were thrown away. */
  onGone: (accounts: readonly Id[]) => void
  pause?: number
  bounds?: Bounds
}

/**
 * Keeps what a store knows on the disk. One page writes accounts, the others
 * wait for it to close; all may write texts of messages, which never change,
 * and throw away. Whatever goes wrong, the page works on without.
 */
export class Keeping implements Shelf {
  private readonly dirty = new Set<Id>()
  private timer: ReturnType<typeof setTimeout> | undefined
  private work: Promise<void> = Promise.resolve()
  private writes = false
  private ended = false
  private outdated = false
  private release: () => void = () => {}
  private readonly waiting = new AbortController()

  constructor(
    private readonly disk: Disk,
    private readonly source: Source,
    /** As the disk had it when this page learned who it is for. */
    private mark: string,
    private readonly options: Options,
  ) {
    disk.onLost = () => void this.end()
    options.locks
      .request(lockName, { signal: this.waiting.signal }, () => {
        if (this.ended) return undefined
        this.writes = true
        for (const { id } of source.accounts) this.touched(id)
        return new Promise<void>((resolve) => (this.release = resolve))
      })
      .catch(() => {}) // it ended while it waited
  }

  touched(account: Id): void {
    if (this.ended || !this.writes) return
    this.dirty.add(account)
    this.timer ??= setTimeout(() => this.flush(), this.options.pause ?? pause)
  }

  /** Writes what is not written, now: the page may be closed. */
  flush(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    if (this.ended || this.dirty.size === 0) return
    const snapshots = [...this.dirty].flatMap((id) => this.source.snapshot(id) ?? [])
    this.dirty.clear()
    if (snapshots.length > 0) this.write(() => this.disk.save(this.mark, snapshots))
  }

  opened(account: Id, emails: readonly Email[]): void {
    const bodies = emails.flatMap((email) => bodyOf(email) ?? [])
    if (bodies.length > 0) this.write(() => this.disk.saveBodies(this.mark, account, bodies, this.bounds))
  }

  dropped(account: Id, ids: readonly Id[] | 'all'): void {
    if (ids.length > 0) this.run(() => this.disk.drop(account, ids))
  }

  async seal(): Promise<string | undefined> {
    if (!this.outdated) return this.mark
    this.outdated = false
    const owner = await this.disk.owner().catch(() => undefined)
    if (!owner) void this.end() // it was all thrown away
    return owner?.mark
  }

  only(accounts: ReadonlySet<Id>, seal = this.mark): void {
    for (const id of this.dirty) if (!accounts.has(id)) this.dirty.delete(id)
    this.run(async () => {
      const { owner, before, gone } = await this.disk.only(accounts)
      // Taken away by another page meanwhile: the next writing finds that out.
      this.mark = owner && before === seal ? owner.mark : seal
      if (gone.length > 0) this.options.onGone(gone)
    })
  }

  /** Another page took something away. */
  outdate(): void {
    this.outdated = true
    this.options.onStale()
  }

  /** Writes nothing any more. What is being written is waited for. */
  async end(): Promise<void> {
    this.ended = true
    clearTimeout(this.timer)
    this.waiting.abort()
    this.release()
    await this.work
  }

  private get bounds(): Bounds {
    return this.options.bounds ?? bounds
  }

  private write(act: () => Promise<boolean>): void {
    this.run(async () => {
      let done: boolean
      try {
        done = await act()
      } catch (error) {
        if (!isFull(error)) throw error
        // Half of the texts make room; if that is not enough, the rest would not be either.
        await this.disk.trim({ ...this.bounds, size: this.bounds.size / 2 })
        done = await act()
      }
      if (!done && !this.ended) this.outdate()
    })
  }

  /** One after the other. After an error nothing is kept: half of it would be worse than none. */
  private run(act: () => Promise<void>): void {
    this.work = this.work.then(async () => {
      if (this.ended) return
      try {
        await act()
      } catch {
        this.ended = true
        clearTimeout(this.timer)
        this.release()
        await this.disk.clear().catch(() => {})
      }
    })
  }
}

function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError'
}
