import { Client, pingTime } from '../jmap/client.ts'
import { JMAPError } from '../jmap/error.ts'
import { Push } from '../jmap/push.ts'
import { Store } from '../store/store.ts'
import { type Answer, type Person, personOf, read } from './answer.ts'
import { Api } from './api.ts'
import { Confirming } from './confirming.ts'
import { Device, type Recalled } from './device.ts'
import { leaving } from './leaving.ts'
import { goBack } from './place.ts'
import { Tabs, type Word } from './tabs.ts'
import { Ways } from './ways.ts'

export type State =
  | { is: 'starting' }
  /** unheard says that the server could not be told. */
  | { is: 'signedOut'; unheard: boolean }
  /** store is what is shown; expired says that one has to sign in again to go on, offline that it may be old. */
  | { is: 'signedIn'; person: Person; store: Store; expired: boolean; offline: boolean }
  | { is: 'failed'; error: JMAPError }

/** What was begun before it was known who this is. */
interface Begun {
  store: Store
  /** Of what was kept. */
  mark?: string
}

/** One sign-in of one person, from the first page to the last. */
export class SessionKeeper {
  state: State = { is: 'starting' }

  readonly confirming = new Confirming()
  readonly api = new Api({ csrf: () => this.csrf, onSignedOut: () => this.expire(), confirm: this.confirming.ask })

  readonly device = new Device({ onStale: () => void this.look(), onGone: () => this.tabs.tell({ is: 'gone' }) })

  /** Nothing may be kept on devices: the server says so. */
  memoryOnly = false

  readonly ways = new Ways((answer) => this.begin(answer))

  private csrf = ''
  /** Whose session it is, once the server has said so. */
  private admission = new Promise<string>(() => {})
  /** The same, as far as it is known by now. */
  private whose: string | undefined
  private admitted = false
  /** Counts how often somebody has signed out: what was begun before is not gone on with. */
  private turn = 0
  private push: Push | null = null
  private readonly tabs = new Tabs((word) => this.hear(word))
  private timer: ReturnType<typeof setTimeout> | undefined
  private delay = firstDelay
  private readonly listeners = new Set<() => void>()

  /** opening is called when the accounts are about to be read, and opened when they are there: to ask for what will be looked at first. */
  constructor(private readonly early: { opening?: (store: Store) => void; opened?: (store: Store) => void } = {}) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }

  /** Goes on with a session there may be. What was kept is shown until the server answers. */
  async start(): Promise<void> {
    const { turn } = this
    this.become({ is: 'starting' })
    if (leaving.begun) return this.makeUp()
    const asked = this.ask()
    asked.catch(() => {}) // it may be refused before what was kept is read; proceed hears of it
    const kept = await this.device.recall(asked)
    if (turn !== this.turn) return
    if (kept && kept.accounts.length > 0) {
      const store = this.show(kept)
      store.client.open().catch(() => {}) // asked for at once; what is wrong is heard of below
      await this.proceed(asked, { store, mark: kept.owner.mark })
    } else {
      const store = this.store()
      store.client.open().catch(() => {})
      await this.proceed(asked, { store, mark: kept?.owner.mark })
    }
  }

  private async proceed(asked: Promise<Answer | null>, begun?: Begun): Promise<void> {
    const { turn } = this
    try {
      const answer = await asked
      if (turn !== this.turn) return // the answer is older than that
      if (answer) await this.enter(answer, begun)
      else await this.leave()
    } catch (error) {
      if (turn !== this.turn) return
      // What is shown stays, and it is tried again.
      if (this.state.is === 'signedIn') this.reach('offline')
      else this.become({ is: 'failed', error: error instanceof JMAPError ? error : new JMAPError('offline', 'offline') })
    }
  }

  /** Who is signed in; null when nobody is. */
  private async ask(): Promise<Answer | null> {
    const asked = (async () => {
      try {
        const response = await fetch('/auth/session', { headers: { Accept: 'application/json' } })
        if (response.ok) return (await response.json()) as Answer
        if (response.status !== 401 && response.status !== 403) throw JMAPError.ofStatus(response.status)
        return null
      } catch (error) {
        throw error instanceof JMAPError ? error : new JMAPError('offline', 'offline')
      }
    })()
    this.admit(
      asked.then((answer) => {
        if (!answer) throw new JMAPError('signedOut', 'signedOut')
        this.csrf = answer.csrf ?? ''
        return answer.address ?? ''
      }),
    )
    return asked
  }

  private admit(whose: Promise<string>): void {
    this.admission = whose
    this.whose = undefined
    whose.then((address) => this.admission === whose && (this.whose = address)).catch(() => {}) // whoever asks for it hears of it
  }

  private show({ owner, accounts }: Recalled): Store {
    const store = this.store(owner.address)
    store.restore(accounts)
    this.become({ is: 'signedIn', person: { address: owner.address, name: owner.name, admin: 'none', abilities: [] }, store, expired: false, offline: false })
    this.early.opening?.(store)
    return store
  }

  /** Somebody has signed in on this page. */
  private async begin(answer: Answer): Promise<void> {
    leaving.over() // the session before is none of this browser's any more
    this.tabs.tell({ is: 'signedIn' })
    await this.enter(answer)
  }

  async signOut(): Promise<void> {
    this.turn++
    this.push?.stop()
    await this.device.forget()
    this.tabs.tell({ is: 'signedOut' })
    leaving.begin()
    this.delay = firstDelay
    const answer = await this.end()
    this.shut()
    if (answer?.continue) location.assign(answer.continue)
    this.become({ is: 'signedOut', unheard: answer === null })
    if (!answer) this.makeUpLater()
  }

  /** Ends the session on the server; null when that did not hear it. */
  private async end(): Promise<Answer | null> {
    try {
      const response = await fetch('/auth/sign-out', { method: 'POST', headers: { 'X-Postroom-CSRF': this.csrf } })
      if (!response.ok && response.status !== 401) return null
      leaving.over()
      return response.status === 200 ? await read(response) : {}
    } catch {
      return null
    }
  }

  /** Somebody signed out while the server could not be reached: it hears of it before anything else is asked. */
  private async makeUp(): Promise<void> {
    let heard = false
    try {
      const answer = await this.ask()
      this.csrf = answer?.csrf ?? ''
      if (!answer) leaving.over()
      heard = answer === null || (await this.end()) !== null
    } catch {
      // It is tried again.
    }
    if (this.state.is === 'signedIn') return
    this.become({ is: 'signedOut', unheard: !heard })
    if (heard) await this.device.forget()
    else this.makeUpLater()
  }

  private makeUpLater(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void (leaving.begun && this.makeUp()), this.delay)
    this.delay = Math.min(2 * this.delay, lastDelay)
  }

  /** Sets whether mail is kept on this device. */
  async keep(wish: 'on' | 'off'): Promise<void> {
    const { state } = this
    if (wish === 'off') this.tabs.tell({ is: 'forgotten' })
    await (state.is === 'signedIn' && !state.expired && !this.memoryOnly ? this.device.choose(wish, state.store, state.person) : this.device.choose(wish))
  }

  /** Looks for news at once: the page is seen again, or the network is back. */
  wake(): void {
    if (this.state.is === 'signedIn' && this.state.offline) void this.tryAgain()
    if (this.state.is === 'signedOut' && this.state.unheard) void this.makeUp()
    this.push?.wake()
  }

  /** What is new is written down: the page is not looked at any more, and may be closed. */
  rest(): void {
    this.device.flush()
  }

  /** The server was reached, or could not be. */
  reach(how: 'reached' | 'offline'): void {
    const { state } = this
    if (state.is !== 'signedIn' || state.offline === (how === 'offline')) return
    clearTimeout(this.timer)
    this.delay = firstDelay
    this.become({ ...state, offline: how === 'offline' })
    if (how === 'offline') this.tryLater()
    else if (this.admitted) {
      state.store.resume()
      void state.store.syncAll().catch(() => {})
    }
  }

  private tryLater(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.tryAgain(), this.delay)
    this.delay = Math.min(2 * this.delay, lastDelay)
  }

  private async tryAgain(): Promise<void> {
    if (this.state.is !== 'signedIn') return
    if (this.admitted) await this.state.store.syncAll().catch(() => {})
    else await this.proceed(this.ask())
    if (this.state.is === 'signedIn' && this.state.offline) this.tryLater()
  }

  /** Asks which accounts there are. */
  private async look(): Promise<void> {
    if (this.state.is === 'signedIn' && this.admitted) await this.state.store.open('fresh').catch(() => {})
  }

  private hear(word: Word): void {
    const { state } = this
    if (word.is === 'gone') this.device.outdate()
    else if (word.is === 'forgotten') void this.device.forget()
    else if (word.is === 'signedOut' && (state.is === 'signedIn' || state.is === 'starting')) void this.leave()
    else if (word.is === 'signedIn' && state.is !== 'starting') void this.proceed(this.ask())
  }

  /** Nobody is signed in: nothing of anybody stays. */
  private async leave(): Promise<void> {
    this.turn++
    this.push?.stop()
    if (this.state.is === 'signedIn') this.shut()
    this.become({ is: 'signedOut', unheard: false })
    await this.device.forget()
  }

  /** Closes what was open. */
  private shut(): void {
    this.admitted = false
    clearTimeout(this.timer)
    location.hash = ''
    sessionStorage.clear() // what was being written here
  }

  private async enter(answer: Answer, begun?: Begun): Promise<void> {
    const { turn } = this
    this.csrf = answer.csrf ?? ''
    const before = this.state
    const person = personOf(answer)
    this.admit(Promise.resolve(person.address))
    this.memoryOnly = answer.memory_only ?? false
    if (this.memoryOnly) await this.device.forget()
    if (before.is === 'signedIn' && before.person.address === person.address) {
      // The same person again: what is shown stays, and catches up.
      this.become({ ...before, person, expired: false })
      await this.open(before.store, person, turn, begun?.mark)
      await before.store.syncAll()
      return
    }
    this.push?.stop()
    this.push = null
    this.admitted = false
    if (before.is === 'signedIn') await this.device.forget()
    const store = before.is === 'signedIn' ? this.store(person.address) : (begun?.store ?? this.store(person.address))
    this.early.opening?.(store)
    await this.open(store, person, turn, begun?.mark)
    this.early.opened?.(store)
    goBack()
    this.become({ is: 'signedIn', person, store, expired: false, offline: false })
  }

  /** Reads which accounts there are, and follows them, unless somebody signs out meanwhile. */
  private async open(store: Store, person: Person, turn: number, mark?: string): Promise<void> {
    this.still(turn)
    if (!this.memoryOnly) await this.device.keep(store, person, mark)
    this.still(turn)
    await store.open(this.admitted ? 'fresh' : 'kept')
    this.still(turn)
    this.admitted = true
    store.resume()
    if (this.push) this.push.start()
    else this.follow(store)
  }

  /** Throws when somebody has signed out since. */
  private still(turn: number): void {
    if (turn !== this.turn) throw new JMAPError('signedOut', 'signedOut')
  }

  /** Without an address, of whom the server names. */
  private store(address?: string): Store {
    const store = new Store(this.client(address))
    store.recall = (account, ids) => this.device.bodies(account, ids)
    return store
  }

  private client(address?: string): Client {
    let whose = address
    return new Client({
      csrf: () => this.csrf,
      onSignedOut: () => this.expire(),
      onSessionChanged: () => void this.look(),
      onAccountLost: (account) => {
        if (this.state.is !== 'signedIn' || !this.state.store.account(account)) return
        this.state.store.lose(account)
        void this.look()
      },
      onReach: (how) => this.reach(how),
      admitted: () => {
        if (this.whose !== undefined && this.whose === whose) return undefined
        return this.admission.then((now) => {
          whose ??= now
          if (now !== whose) throw new JMAPError('signedOut', 'signedOut')
        })
      },
    })
  }

  private follow(store: Store): void {
    this.push = new Push({
      connect: () => new EventSource(store.client.eventsURL()),
      poll: () => store.syncAll(),
      onChange: (changed) => store.heard(changed),
      retry: [2000, 20_000],
      silence: 1.5 * pingTime * 1000,
    })
    this.push.start()
  }

  private expire(): void {
    if (!this.admitted) return // whether there is a session is being asked
    this.push?.stop()
    void this.device.forget()
    if (this.state.is === 'signedIn' && !this.state.expired) this.become({ ...this.state, expired: true })
  }

  private become(state: State): void {
    this.state = state
    for (const listener of [...this.listeners]) listener()
  }
}

/** How soon a server that could not be reached is tried again, in milliseconds: doubled each time up to the last. */
const firstDelay = 2000
const lastDelay = 20_000
