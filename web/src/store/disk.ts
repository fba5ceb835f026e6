import type { Email, Id } from '../jmap/types.ts'
import type { Snapshot } from './snapshot.ts'

/** The shape of what is kept. What has another shape is thrown away, never converted: the server has it all. */
export const shape = 1

const databaseName = 'postroom'

const stores = ['owner', 'accounts', 'bodies', 'reads'] as const

type StoreName = (typeof stores)[number]

/** Whose the records are: one person's at a time. */
export interface Owner {
  address: string
  name: string
  /**
   * Changes whenever something was taken away. Who writes names the mark it
   * knows: a page that has not heard that an account is gone writes nothing.
   */
  mark: string
  /** When the server last confirmed who it is, in milliseconds since 1970. */
  at: number
}

/** What an opened message has beside what a list shows. */
export type Body = Pick<Email, 'id' | 'sender' | 'replyTo' | 'bcc' | 'references' | 'bodyValues' | 'htmlBody' | 'textBody' | 'attachments'>

/** How large a body is and when it was last looked at. */
interface Read {
  key: [Id, Id]
  size: number
  at: number
}

/** What may be kept of bodies. */
export interface Bounds {
  /** Bytes, counted as characters of JSON. */
  size: number
  /** Milliseconds since it was looked at. */
  age: number
}

/**
 * The records of one person in IndexedDB. Each act is one transaction; errors
 * are those of the browser (DOMException).
 */
export class Disk {
  /** Another page needs the database for another shape: nothing more is kept here. */
  onLost: () => void = () => {}

  private constructor(private readonly db: IDBDatabase) {
    db.addEventListener('versionchange', () => this.lose())
    db.addEventListener('close', () => this.lose())
  }

  static async open(factory: IDBFactory, version = shape): Promise<Disk> {
    try {
      const db = await openDatabase(factory, version)
      if (stores.every((name) => db.objectStoreNames.contains(name))) return new Disk(db)
      db.close()
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'VersionError') throw error
    }
    // A newer page was here, or something that is none of ours.
    await Disk.destroy(factory)
    return new Disk(await openDatabase(factory, version))
  }

  /** Throws the whole database away. Pages that have it open let go of it. */
  static async destroy(factory: IDBFactory): Promise<void> {
    await done(factory.deleteDatabase(databaseName))
  }

  owner(): Promise<Owner | undefined> {
    return this.run(['owner'], 'readonly', ownerIn)
  }

  /** Makes the records this person's; another's are thrown away. */
  claim(address: string, name: string): Promise<Owner> {
    return this.run(stores, 'readwrite', async (tx) => {
      const before = await ownerIn(tx)
      if (before && before.address !== address) for (const store of stores) tx.objectStore(store).clear()
      const owner = { address, name, mark: before?.address === address ? before.mark : newMark(), at: Date.now() }
      tx.objectStore('owner').put(owner, 'owner')
      return owner
    })
  }

  accounts(): Promise<Snapshot[]> {
    return this.run(['accounts'], 'readonly', (tx) => done(tx.objectStore('accounts').getAll() as IDBRequest<Snapshot[]>))
  }

  /** Keeps the state of accounts; false when the mark is another by now. */
  save(mark: string, accounts: readonly Snapshot[]): Promise<boolean> {
    return this.run(['owner', 'accounts'], 'readwrite', async (tx) => {
      if ((await ownerIn(tx))?.mark !== mark) return false
      for (const account of accounts) tx.objectStore('accounts').put(account)
      return true
    })
  }

  /** Bodies of messages, those there are. */
  bodies(account: Id, ids: readonly Id[]): Promise<Body[]> {
    return this.run(['bodies', 'reads'], 'readwrite', async (tx) => {
      const found = await Promise.all(ids.map((id) => done(tx.objectStore('bodies').get([account, id]) as IDBRequest<{ body: Body } | undefined>)))
      const reads = tx.objectStore('reads')
      for (const [i, one] of found.entries()) {
        if (!one) continue
        const read = (await done(reads.get([account, ids[i]!]))) as Read | undefined
        if (read) reads.put({ ...read, at: Date.now() })
      }
      return found.flatMap((one) => (one ? [one.body] : []))
    })
  }

  /** Keeps bodies, and of all no more than the bounds; false when the mark is another by now. */
  saveBodies(mark: string, account: Id, bodies: readonly Body[], bounds: Bounds): Promise<boolean> {
    return this.run(['owner', 'bodies', 'reads'], 'readwrite', async (tx) => {
      if ((await ownerIn(tx))?.mark !== mark) return false
      for (const body of bodies) {
        const size = JSON.stringify(body).length
        if (size > bounds.size / 10) continue
        tx.objectStore('bodies').put({ key: [account, body.id], body })
        tx.objectStore('reads').put({ key: [account, body.id], size, at: Date.now() } satisfies Read)
      }
      await trim(tx, bounds)
      return true
    })
  }

  /** Throws away what is over the bounds: the bodies that were looked at longest ago. */
  trim(bounds: Bounds): Promise<void> {
    return this.run(['bodies', 'reads'], 'readwrite', (tx) => trim(tx, bounds))
  }

  /** Throws away the bodies of messages, or of all of an account. */
  drop(account: Id, ids: readonly Id[] | 'all'): Promise<void> {
    return this.run(['bodies', 'reads'], 'readwrite', async (tx) => {
      for (const name of ['bodies', 'reads'] as const) {
        if (ids === 'all') tx.objectStore(name).delete(ofAccount(account))
        else for (const id of ids) tx.objectStore(name).delete([account, id])
      }
    })
  }

  /**
   * Throws away all accounts but these. When there were others, the mark
   * changes, and other pages have to ask the server before they write again.
   * Gives whose it is now, the mark before, and the accounts that are gone.
   */
  only(accounts: ReadonlySet<Id>): Promise<{ owner: Owner | undefined; before: string | undefined; gone: Id[] }> {
    return this.run(stores, 'readwrite', async (tx) => {
      const keys = (await done(tx.objectStore('accounts').getAllKeys())) as Id[]
      const reads = (await done(tx.objectStore('reads').getAllKeys())) as [Id, Id][]
      const gone = [...new Set([...keys, ...reads.map(([account]) => account)])].filter((id) => !accounts.has(id))
      for (const id of gone) {
        tx.objectStore('accounts').delete(id)
        for (const name of ['bodies', 'reads'] as const) tx.objectStore(name).delete(ofAccount(id))
      }
      let owner = await ownerIn(tx)
      const before = owner?.mark
      if (owner) {
        owner = { ...owner, at: Date.now(), ...(gone.length > 0 && { mark: newMark() }) }
        tx.objectStore('owner').put(owner, 'owner')
      }
      return { owner, before, gone }
    })
  }

  /** Throws everything away. */
  clear(): Promise<void> {
    return this.run(stores, 'readwrite', async (tx) => {
      for (const store of stores) tx.objectStore(store).clear()
    })
  }

  close(): void {
    this.db.close()
  }

  private lose(): void {
    this.db.close()
    this.onLost()
  }

  /** Runs one transaction and answers when it is over: nothing is said to be kept or gone before. */
  private async run<T>(names: readonly StoreName[], mode: IDBTransactionMode, act: (tx: IDBTransaction) => Promise<T>): Promise<T> {
    const tx = this.db.transaction([...names], mode)
    const over = new Promise<void>((resolve, reject) => {
      tx.addEventListener('complete', () => resolve())
      tx.addEventListener('abort', () => reject(tx.error ?? new DOMException('aborted', 'AbortError')))
    })
    over.catch(() => {}) // the act tells of its own errors
    const result = await act(tx)
    await over
    return result
  }
}

function openDatabase(factory: IDBFactory, version: number): Promise<IDBDatabase> {
  const request = factory.open(databaseName, version)
  request.addEventListener('upgradeneeded', () => {
    const db = request.result
    for (const name of [...db.objectStoreNames]) db.deleteObjectStore(name)
    db.createObjectStore('owner')
    db.createObjectStore('accounts', { keyPath: 'id' })
    db.createObjectStore('bodies', { keyPath: 'key' })
    db.createObjectStore('reads', { keyPath: 'key' })
  })
  return done(request)
}

function ownerIn(tx: IDBTransaction): Promise<Owner | undefined> {
  return done(tx.objectStore('owner').get('owner') as IDBRequest<Owner | undefined>)
}

/** Newest first as long as there is room. */
async function trim(tx: IDBTransaction, bounds: Bounds): Promise<void> {
  const reads = (await done(tx.objectStore('reads').getAll())) as Read[]
  let room = bounds.size
  for (const read of reads.sort((a, b) => b.at - a.at)) {
    room -= read.size
    if (room >= 0 && Date.now() - read.at <= bounds.age) continue
    tx.objectStore('bodies').delete(read.key)
    tx.objectStore('reads').delete(read.key)
  }
}

/** Every key of an account: a string sorts before an array. */
function ofAccount(account: Id): IDBKeyRange {
  return IDBKeyRange.bound([account], [account, []])
}

function newMark(): string {
  return crypto.randomUUID()
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new DOMException('failed', 'UnknownError')))
  })
}
