import { Client } from '../jmap/client.ts'
import { JMAPError, kindOf } from '../jmap/error.ts'
import { Push } from '../jmap/push.ts'
import { Store } from '../store/store.ts'
import { Api } from './api.ts'

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

export type SignInResult = 'done' | 'wrong' | 'disabled' | 'needsCode' | 'tooMany' | 'offline' | 'fault'

/** What /auth/ answers: who is signed in, or that the sign-in is not over yet. */
interface Answer {
  address?: string
  name?: string
  admin?: Person['admin']
  abilities?: readonly string[]
  csrf?: string
  type?: 'needsCode'
}

/** One sign-in of one person, from the first page to the last. */
export class SessionKeeper {
  state: State = { is: 'starting' }

  readonly api = new Api({ csrf: () => this.csrf, onSignedOut: () => this.expire() })

  private csrf = ''
  private push: Push | null = null
  private readonly listeners = new Set<() => void>()

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }

  /** Goes on with a session there may be. */
  async start(): Promise<void> {
    this.become({ is: 'starting' })
    try {
      const response = await fetch('/auth/session', { headers: { Accept: 'application/json' } })
      if (response.ok) await this.enter((await response.json()) as Answer)
      else this.become({ is: 'signedOut' })
    } catch (error) {
      this.become({ is: 'failed', error: error instanceof JMAPError ? error : new JMAPError('offline', 'offline') })
    }
  }

  async signIn(address: string, password: string, code?: string): Promise<SignInResult> {
    let response: Response
    try {
      response = await fetch('/auth/sign-in', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
        body: JSON.stringify({ address, password, ...(code && { code }) }),
      })
    } catch {
      return 'offline'
    }
    const answer = await read(response)
    if (response.ok) {
      if (answer.type === 'needsCode') return 'needsCode'
      try {
        await this.enter(answer)
        return 'done'
      } catch (error) {
        return kindOf(error) === 'offline' ? 'offline' : 'fault'
      }
    }
    const results: Record<number, SignInResult> = { 401: 'wrong', 403: 'disabled', 422: 'wrong', 429: 'tooMany' }
    return results[response.status] ?? 'fault'
  }

  async signOut(): Promise<void> {
    this.push?.stop()
    await fetch('/auth/sign-out', { method: 'POST', headers: { 'X-Postroom-CSRF': this.csrf } }).catch(() => {})
    location.hash = ''
    sessionStorage.clear() // what was being written here
    this.become({ is: 'signedOut' })
  }

  /** Looks for news at once: the page is seen again, or the network is back. */
  wake(): void {
    this.push?.wake()
  }

  private async enter(answer: Answer): Promise<void> {
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
    const store = new Store(this.client())
    await store.open()
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

async function read(response: Response): Promise<Answer> {
  try {
    return (await response.json()) as Answer
  } catch {
    return {}
  }
}
