import type { Id } from '../jmap/types.ts'
import { type Body, Disk, type Owner } from '../store/disk.ts'
import { Keeping } from '../store/keeping.ts'
import type { Snapshot } from '../store/snapshot.ts'
import type { Store } from '../store/store.ts'

/** In this browser, whether mail may be kept on the device. */
const choice = 'postroom.keep'

/** For how long the start waits for the disk once the server has answered, or cannot be reached, in milliseconds. */
const patience = { answered: 1000, offline: 10_000 }
/** For how long records are kept that nobody came back to, in milliseconds. */
const longest = 30 * 86_400_000

export interface Recalled {
  owner: Owner
  accounts: Snapshot[]
}

/** Whether the person wants mail to be kept on this device. */
export function wantsKeeping(): boolean {
  try {
    return localStorage.getItem(choice) !== 'off'
  } catch {
    return false
  }
}

/** Whether this browser can: pages by TLS that are not private. */
export function canKeep(): boolean {
  return typeof indexedDB === 'object' && indexedDB !== null && navigator.locks !== undefined
}

interface Heard {
  /** Accounts may be gone: the server is to be asked. */
  onStale: () => void
  /** Other pages are to hear that accounts are gone. */
  onGone: () => void
}

/** What this browser keeps of one person's mail, if it may. Nothing here fails: without it all is as before, only slower. */
export class Device {
  private opened: Promise<Disk | null> | null = null
  private keeping: Keeping | null = null
  /** Counts how often everything was thrown away: what was begun before is not kept. */
  private forgotten = 0

  constructor(private readonly heard: Heard) {}

  /**
   * What was kept when the page was last open; null when there is nothing to be
   * shown. A slow disk is waited for as long as the server has not answered:
   * there is nothing else to show.
   */
  async recall(answered: Promise<unknown>): Promise<Recalled | null> {
    if (!wantsKeeping()) {
      await this.forget()
      return null
    }
    const began = Date.now()
    const late = answered.then(() => pass(began + patience.answered - Date.now()), () => pass(began + patience.offline - Date.now())).then(() => null)
    return Promise.race([this.read().catch(() => null), late])
  }

  /** From now on keeps what a store knows. The mark is the one recalled with what it shows. */
  async keep(store: Store, person: { address: string; name: string }, mark?: string): Promise<void> {
    if (!wantsKeeping() || this.keeping) return
    const { forgotten } = this
    try {
      const disk = await this.disk()
      if (!disk || forgotten !== this.forgotten) return
      const owner = await disk.claim(person.address, person.name)
      if (forgotten !== this.forgotten || this.keeping) return
      this.keeping = new Keeping(disk, store, mark ?? owner.mark, { locks: navigator.locks, onStale: this.heard.onStale, onGone: this.heard.onGone })
      store.shelf = this.keeping
    } catch {
      // In memory, then.
    }
  }

  /** The texts of messages that are kept. */
  async bodies(account: Id, ids: readonly Id[]): Promise<Body[]> {
    try {
      return (await (await this.opened)?.bodies(account, ids)) ?? []
    } catch {
      return []
    }
  }

  /** Throws everything away, and keeps nothing until it is asked to. */
  async forget(): Promise<void> {
    const { keeping } = this
    this.forgotten++
    this.keeping = null
    await keeping?.end()
    try {
      const disk = await this.opened
      if (disk) await disk.clear()
      else if (canKeep()) await Disk.destroy(indexedDB)
    } catch {
      await Disk.destroy(indexedDB).catch(() => {})
    }
  }

  /** Sets whether mail is kept here: off throws away what is. */
  async choose(wish: 'on' | 'off', store?: Store, person?: { address: string; name: string }): Promise<void> {
    try {
      if (wish === 'on') localStorage.removeItem(choice)
      else localStorage.setItem(choice, 'off')
    } catch {
      // Without a memory nothing is kept either.
    }
    if (wish === 'off') await this.forget()
    else if (store && person) await this.keep(store, person)
  }

  /** Another page took something away. */
  outdate(): void {
    if (this.keeping) this.keeping.outdate()
    else this.heard.onStale()
  }

  /** The page may be closed. */
  flush(): void {
    this.keeping?.flush()
  }

  private disk(): Promise<Disk | null> {
    this.opened ??= canKeep() ? Disk.open(indexedDB).catch(() => null) : Promise.resolve(null)
    return this.opened
  }

  private async read(): Promise<Recalled | null> {
    const disk = await this.disk()
    const owner = await disk?.owner()
    if (!disk || !owner) return null
    if (Date.now() - owner.at > longest) {
      await disk.clear()
      return null
    }
    return { owner, accounts: await disk.accounts() }
  }
}

/** Waits for some milliseconds, if there are any. */
function pass(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, time)))
}
