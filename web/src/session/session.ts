import { Client } from '../jmap/client.ts'
import { JMAPError, kindOf } from '../jmap/error.ts'
import { Push } from '../jmap/push.ts'
import { Store } from '../store/store.ts'
import { Api } from './api.ts'
import { type Ceremony, hasPasskeys, type KeyAnswer, signWithPasskey } from './webauthn.ts'

/** Who is signed in, as /auth/session says. */
export interface Person {
  address: string
  name: string
  /** What they administer, in the server's words; none for most. */
  admin: 'none' | 'org' | 'server'
  abilities: readonly string[]
}

export type State =
  | { is: 'starting' }
  | { is: 'signedOut' }
  /** store is what is shown; expired says that one has to sign in again to go on. */
  | { is: 'signedIn'; person: Person; store: Store; expired: boolean }
  | { is: 'failed'; error: JMAPError }

export type SignInResult = 'done' | 'wrong' | 'disabled' | 'needsCode' | 'tooMany' | 'offline' | 'fault' | 'cancelled'

/** What a sign-in needs beside the first factor. */
export interface Step {
  /** An authenticator app shows codes. */
  app: boolean
  passkey?: Ceremony
}

export interface Outcome {
  result: SignInResult
  /** With needsCode. */
  step?: Step
}

/** The second factor of a sign-in; empty before one is asked for. */
export type Second = { code?: string; passkey?: KeyAnswer }

/** The ways to sign in that there are beside the password. */
export interface Methods {
  passkeys: boolean
  providers: { id: string; title: string }[]
}

/** What /auth/ answers: who is signed in, or that the sign-in is not over yet. */
interface Answer {
  address?: string
  name?: string
  admin?: Person['admin']
  abilities?: readonly string[]
  csrf?: string
  type?: 'needsCode'
  app?: boolean
  passkey?: Ceremony
  /** Where to go on. */
  continue?: string
}

/** One sign-in of one person, from the first page to the last. */
export class SessionKeeper {
  state: State = { is: 'starting' }

  readonly api = new Api({ csrf: () => this.csrf, onSignedOut: () => this.expire() })

  private csrf = ''
  private push: Push | null = null
  private readonly listeners = new Set<() => void>()

  /** opening is called when the accounts are about to be read, and opened when they are there: to ask for what will be looked at first. */
  constructor(private readonly early: { opening?: (store: Store) => void; opened?: (store: Store) => void } = {}) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }

  /** Goes on with a session there may be. */
  async start(): Promise<void> {
    this.become({ is: 'starting' })
    const client = this.client()
    client.open().catch(() => {}) // asked for at once; whoever is not signed in hears of it below
    try {
      const response = await fetch('/auth/session', { headers: { Accept: 'application/json' } })
      if (response.ok) await this.enter((await response.json()) as Answer, client)
      else this.become({ is: 'signedOut' })
    } catch (error) {
      this.become({ is: 'failed', error: error instanceof JMAPError ? error : new JMAPError('offline', 'offline') })
    }
  }

  /** The ways to sign in here; the password alone when the server does not say. */
  async methods(): Promise<Methods> {
    try {
      const response = await fetch('/auth/methods', { headers: { Accept: 'application/json' } })
      if (!response.ok) return { passkeys: false, providers: [] }
      const said = (await response.json()) as { passkeys?: { rp_id: string }; providers: Methods['providers'] }
      return { passkeys: hasPasskeys(said.passkeys?.rp_id), providers: said.providers }
    } catch {
      return { passkeys: false, providers: [] }
    }
  }

  signIn(address: string, password: string, second: Second = {}): Promise<Outcome> {
    return this.attempt('/auth/sign-in', { address, password, ...second })
  }

  /** Signs in whoever has a passkey on this device. */
  async signInByPasskey(): Promise<Outcome> {
    let asked: Response
    try {
      asked = await post('/auth/passkey/sign-in/begin', {})
    } catch {
      return { result: 'offline' }
    }
    if (!asked.ok) return { result: results[asked.status] ?? 'fault' }
    try {
      return await this.attempt('/auth/passkey/sign-in', await signWithPasskey((await asked.json()) as Ceremony))
    } catch {
      return { result: 'cancelled' }
    }
  }

  /** Goes to a provider to sign in there. Answers only when that does not work. */
  async signInAt(provider: string): Promise<Outcome> {
    try {
      const response = await post(`/auth/openid/${encodeURIComponent(provider)}`, {})
      const answer = await read(response)
      if (!response.ok || !answer.continue) return { result: results[response.status] ?? 'fault' }
      sessionStorage.setItem(placeKept, location.hash)
      location.assign(answer.continue)
      return { result: 'done' }
    } catch {
      return { result: 'offline' }
    }
  }

  /** Completes what was begun at a provider; with nothing it tells what is needed. */
  completeProvider(second: Second = {}): Promise<Outcome> {
    return this.attempt('/auth/openid/second', second)
  }

  private async attempt(path: string, body: object): Promise<Outcome> {
    let response: Response
    try {
      response = await post(path, body)
    } catch {
      return { result: 'offline' }
    }
    const answer = await read(response)
    if (!response.ok) return { result: results[response.status] ?? 'fault' }
    if (answer.type === 'needsCode') return { result: 'needsCode', step: { app: answer.app ?? true, passkey: answer.passkey } }
    try {
      await this.enter(answer)
      return { result: 'done' }
    } catch (error) {
      return { result: kindOf(error) === 'offline' ? 'offline' : 'fault' }
    }
  }

  async signOut(): Promise<void> {
    this.push?.stop()
    const response = await fetch('/auth/sign-out', { method: 'POST', headers: { 'X-Postroom-CSRF': this.csrf } }).catch(() => null)
    const answer = response?.status === 200 ? await read(response) : {}
    location.hash = ''
    sessionStorage.clear() // what was being written here
    if (answer.continue) location.assign(answer.continue)
    this.become({ is: 'signedOut' })
  }

  /** Looks for news at once: the page is seen again, or the network is back. */
  wake(): void {
    this.push?.wake()
  }

  private async enter(answer: Answer, client = this.client()): Promise<void> {
    this.csrf = answer.csrf ?? ''
    const before = this.state
    const person = { address: answer.address ?? '', name: answer.name ?? '', admin: answer.admin ?? 'none', abilities: answer.abilities ?? [] }
    if (before.is === 'signedIn' && before.person.address === person.address) {
      // The same person again: what is shown stays, and catches up.
      this.become({ ...before, person, expired: false })
      this.push?.start()
      await before.store.open('fresh')
      await before.store.syncAll()
      return
    }
    this.push?.stop()
    const store = new Store(client)
    this.early.opening?.(store)
    await store.open()
    this.early.opened?.(store)
    goBack()
    this.become({ is: 'signedIn', person, store, expired: false })
    this.follow(store)
  }

  private client(): Client {
    return new Client({
      csrf: () => this.csrf,
      onSignedOut: () => this.expire(),
      onSessionChanged: () => {
        if (this.state.is === 'signedIn') void this.state.store.open('fresh').catch(() => {})
      },
    })
  }

  private follow(store: Store): void {
    this.push = new Push({
      connect: () => new EventSource(store.client.eventsURL()),
      poll: () => store.syncAll(),
      onChange: (changed) => store.heard(changed),
      retry: [2000, 20_000],
    })
    this.push.start()
  }

  private expire(): void {
    this.push?.stop()
    if (this.state.is === 'signedIn' && !this.state.expired) this.become({ ...this.state, expired: true })
  }

  private become(state: State): void {
    this.state = state
    for (const listener of [...this.listeners]) listener()
  }
}

/** Under this name this tab remembers where one was before one went to a provider. */
const placeKept = 'postroom.place'

/** Goes on where one was, unless one is sent elsewhere. */
function goBack(): void {
  const place = sessionStorage.getItem(placeKept)
  sessionStorage.removeItem(placeKept)
  if (place && location.hash.length <= 2) history.replaceState(null, '', place)
}

const results: Record<number, SignInResult> = { 401: 'wrong', 403: 'disabled', 422: 'wrong', 429: 'tooMany' }

function post(path: string, body: object): Promise<Response> {
  return fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json', Accept: 'application/json' }, body: JSON.stringify(body) })
}

async function read(response: Response): Promise<Answer> {
  try {
    return (await response.json()) as Answer
  } catch {
    return {}
  }
}
