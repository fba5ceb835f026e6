import { kindOf } from '../jmap/error.ts'
import { type Answer, post, read } from './answer.ts'
import { rememberPlace } from './place.ts'
import { type Ceremony, hasPasskeys, type KeyAnswer, signWithPasskey } from './webauthn.ts'

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
  /** Nothing may be kept on devices. */
  memoryOnly: boolean
}

/** The ways to sign in. */
export class Ways {
  /** enter goes on with the session that a sign-in began. */
  constructor(private readonly enter: (answer: Answer) => Promise<void>) {}

  /** The ways to sign in here; the password alone when the server does not say. */
  async methods(): Promise<Methods> {
    try {
      const response = await fetch('/auth/methods', { headers: { Accept: 'application/json' } })
      if (!response.ok) return { passkeys: false, providers: [], memoryOnly: false }
      const said = (await response.json()) as { passkeys?: { rp_id: string }; providers: Methods['providers']; memory_only?: boolean }
      return { passkeys: hasPasskeys(said.passkeys?.rp_id), providers: said.providers, memoryOnly: said.memory_only ?? false }
    } catch {
      return { passkeys: false, providers: [], memoryOnly: false }
    }
  }

  byPassword(address: string, password: string, second: Second = {}): Promise<Outcome> {
    return this.attempt('/auth/sign-in', { address, password, ...second })
  }

  /** Signs in whoever has a passkey on this device. */
  async byPasskey(): Promise<Outcome> {
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
  async atProvider(provider: string): Promise<Outcome> {
    try {
      const response = await post(`/auth/openid/${encodeURIComponent(provider)}`, {})
      const answer = await read(response)
      if (!response.ok || !answer.continue) return { result: results[response.status] ?? 'fault' }
      rememberPlace()
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
}

const results: Record<number, SignInResult> = { 401: 'wrong', 403: 'disabled', 422: 'wrong', 429: 'tooMany' }
