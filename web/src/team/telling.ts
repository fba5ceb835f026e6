import type { Id } from '../jmap/types.ts'
import type { Store } from '../store/store.ts'
import type { Activity } from './team.ts'

/** How often it is said again, in milliseconds: it holds for 40 seconds. */
const beat = 15_000

/** How long to wait before it is said again that was not believed, in milliseconds. */
const doubt = 3_000

interface Claim {
  account: Id
  thread: Id
  activity: Activity
}

/** Says what the person is at, as long as they are. Reading counts while the page is looked at. */
export class Telling {
  private readonly claims = new Set<Claim>()
  private readonly told = new Map<string, Activity>()
  private readonly repeated = new Map<string, number>()
  private timer: ReturnType<typeof setInterval> | undefined
  /** The page is closed or put aside. After that it is still told that it is not visible any more, and is to say nothing. */
  private gone = false

  constructor(private readonly store: Store) {
    document.addEventListener('visibilitychange', () => this.tellAll('changes'))
    window.addEventListener('pagehide', () => this.leave())
    // A page that was put aside and comes back.
    window.addEventListener('pageshow', (event) => {
      this.gone = false
      if (event.persisted) this.tellAll('again')
    })
  }

  /**
   * What the server knows: where it does not know what this page said, the page's stream of changes was away, and it is
   * said again.
   */
  check(account: Id, there: (thread: Id) => boolean): void {
    const now = Date.now()
    for (const key of this.told.keys()) {
      const [of, thread = ''] = key.split('/')
      if (of !== account || there(thread) || now - (this.repeated.get(key) ?? 0) < doubt) continue
      this.repeated.set(key, now)
      this.tell(account, thread, 'again')
    }
  }

  /** The page is closed: what it said ends with it. */
  private leave(): void {
    const calls = [...this.told.keys()].map((key): [string, Record<string, unknown>] => {
      const [accountId, threadId] = key.split('/')
      return ['Presence/tell', { accountId, threadId, activity: 'left', streamId: this.store.client.streamId }]
    })
    this.told.clear()
    this.gone = true
    this.store.client.farewell(calls)
  }

  /** The person is at a conversation, until what is given back is called. */
  claim(account: Id, thread: Id, activity: Activity): () => void {
    const claim = { account, thread, activity }
    this.claims.add(claim)
    this.timer ??= setInterval(() => this.tellAll('again'), beat)
    this.tell(account, thread, 'changes')
    return () => {
      if (!this.claims.delete(claim)) return
      this.tell(account, thread, 'changes')
      if (this.claims.size > 0) return
      clearInterval(this.timer)
      this.timer = undefined
    }
  }

  private tellAll(what: 'changes' | 'again'): void {
    const done = new Set<string>()
    for (const { account, thread } of this.claims) {
      const key = `${account}/${thread}`
      if (!done.has(key)) this.tell(account, thread, what)
      done.add(key)
    }
  }

  private tell(account: Id, thread: Id, what: 'changes' | 'again'): void {
    if (this.gone) return
    const key = `${account}/${thread}`
    const here = [...this.claims].filter((c) => c.account === account && c.thread === thread)
    const now = here.some((c) => c.activity === 'answering') ? 'answering' : here.length > 0 && document.visibilityState === 'visible' ? 'reading' : undefined
    const before = this.told.get(key)
    if (now === before && (what === 'changes' || !now)) return
    if (now) this.told.set(key, now)
    else this.told.delete(key)
    if (!this.store.account(account)) return
    this.store.client.call('Presence/tell', { accountId: account, threadId: thread, activity: now ?? 'left', streamId: this.store.client.streamId }).catch(() => {})
  }
}
