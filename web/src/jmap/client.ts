import { JMAPError, type Reason } from './error.ts'
import type { Id, Session } from './types.ts'

/** What a method answers; Result names the parts that this client reads. */
type Result = Record<string, unknown>

type Invocation = [name: string, args: Record<string, unknown>, id: string]

/** A reference to the answer of an earlier call in the same request (RFC 8620 §3.7). */
export interface Reference {
  resultOf: string
  name: string
  path: string
}

/** A call under way: wait for it, or let a later call of the same request refer to it. */
export interface Call<T> extends Promise<T> {
  ref(path: string): Reference
}

interface Waiting {
  invocation: Invocation
  resolve(value: unknown): void
  reject(reason: unknown): void
}

export interface SetResult {
  oldState: string | null
  newState: string
  created?: Record<string, Record<string, unknown>> | null
  updated?: Record<Id, unknown> | null
  destroyed?: Id[] | null
  notCreated?: Record<string, SetFault> | null
  notUpdated?: Record<Id, SetFault> | null
  notDestroyed?: Record<Id, SetFault> | null
}

export interface SetFault {
  type: string
  description?: string | null
  properties?: string[]
  /** Of the capability urn:x-postroom:shared-mailbox. */
  reason?: Reason
}

export interface ClientOptions {
  fetch?: typeof fetch
  /** Sent with what changes something, when signed in by cookie. */
  csrf?: () => string
  /** The server no longer knows who this is. */
  onSignedOut?: () => void
  /** The list of accounts has changed: what the server had to say came from another session state. */
  onSessionChanged?: () => void
  /** The server says that an account is not there for this person. */
  onAccountLost?: (account: Id) => void
  /** Whether the server was reached. */
  onReach?: (how: 'reached' | 'offline') => void
  /** Waited for before anything is asked but the session: until it is known who this is. Nothing when that is known. */
  admitted?: () => Promise<void> | undefined
}

/** Where /.well-known/jmap leads on this server: the page and the server are of one version, and a way less is a way less. */
const sessionPath = '/jmap/session'

/** How often the stream of changes says that it is there, in seconds (RFC 8620 §7.3). */
export const pingTime = 60

/** Used when the server does not say (RFC 8620 §2). */
const defaultMaxCalls = 16

/**
 * Speaks JMAP. Calls made in one turn of the event loop travel in one request,
 * in the order they were made.
 */
export class Client {
  /** The name of this page, and of its stream of changes. */
  readonly streamId = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
  private session: Session | null = null
  private opening: Promise<Session> | null = null
  private waiting: Waiting[] = []
  private counter = 0
  private readonly fetcher: typeof fetch

  constructor(private readonly options: ClientOptions = {}) {
    this.fetcher = options.fetch ?? ((...args) => fetch(...args))
  }

  /** The session object; the one already fetched unless fresh is asked for. */
  async open(mode: 'kept' | 'fresh' = 'kept'): Promise<Session> {
    if (this.session && mode === 'kept') return this.session
    if (this.opening && mode === 'kept') return this.opening
    const opening = this.fetchSession().finally(() => {
      if (this.opening === opening) this.opening = null
    })
    this.opening = opening
    return opening
  }

  private async fetchSession(): Promise<Session> {
    const response = await this.sendNow(sessionPath, { headers: { Accept: 'application/json' } })
    this.session = (await response.json()) as Session
    return this.session
  }

  /** Calls a method. The answer's arguments, or a JMAPError. */
  call<T = Result>(name: string, args: Record<string, unknown>): Call<T> {
    if (this.waiting.length === 0) queueMicrotask(() => this.flush())
    const id = `c${this.counter++}`
    const promise = new Promise<T>((resolve, reject) => {
      this.waiting.push({ invocation: [name, args, id], resolve: resolve as (value: unknown) => void, reject })
    })
    promise.catch(() => {}) // whoever waits for it hears of it; some are only referred to
    return Object.assign(promise, { ref: (path: string) => ({ resultOf: id, name, path }) })
  }

  /** Calls methods as the last thing that a page does: sent at once, also when the page is gone; nobody hears what is answered. */
  farewell(calls: readonly [name: string, args: Record<string, unknown>][]): void {
    const { session } = this
    if (!session || calls.length === 0) return
    const methodCalls = calls.slice(0, this.maxCalls()).map(([name, args], i): Invocation => [name, args, `f${i}`])
    const init: RequestInit = {
      method: 'POST', keepalive: true, headers: { 'Content-Type': 'application/json', ...this.guard() },
      body: JSON.stringify({ using: Object.keys(session.capabilities), methodCalls }),
    }
    this.send(local(session.apiUrl), init).catch(() => {})
  }

  /** Calls a set method and throws the first refusal in it. */
  async set(type: string, args: Record<string, unknown>): Promise<SetResult> {
    const result = await this.call<SetResult>(`${type}/set`, args)
    for (const faults of [result.notCreated, result.notUpdated, result.notDestroyed]) {
      const first = Object.values(faults ?? {})[0]
      if (first) throw JMAPError.ofType(first.type, first.description, first.properties, first.reason)
    }
    return result
  }

  /** Where a blob is downloaded from (RFC 8620 §6.2). */
  downloadURL(account: Id, blob: Id, name: string, type: string): string {
    const values: Record<string, string> = { accountId: account, blobId: blob, name, type }
    return this.expand(this.session?.downloadUrl ?? '', values)
  }

  /** The contents of a blob. */
  async download(account: Id, blob: Id, name: string, type: string): Promise<Blob> {
    return (await this.send(this.downloadURL(account, blob, name, type), {})).blob()
  }

  /** Where the server gives a picture that a message names elsewhere; empty when it does not. */
  remoteImageURL(account: Id, email: Id, url: string): string {
    const offer = this.session?.capabilities['urn:x-postroom:remote-images']?.['url']
    return typeof offer === 'string' ? this.expand(offer, { accountId: account, emailId: email, url }) : ''
  }

  /** Who, in a field Authentication-Results, is this server; empty when it checks nothing. */
  get authenticationServer(): string {
    const name = this.session?.capabilities['urn:x-postroom:remote-images']?.['authenticationServer']
    return typeof name === 'string' ? name : ''
  }

  /** Such a picture. */
  async remoteImage(account: Id, email: Id, url: string): Promise<Blob> {
    return (await this.send(this.remoteImageURL(account, email, url), {})).blob()
  }

  uploadURL(account: Id): string {
    return this.expand(this.session?.uploadUrl ?? '', { accountId: account })
  }

  /** A number that a capability of the session or of an account names, a limit say. */
  limit(name: string, capability = 'urn:ietf:params:jmap:core', account?: Id): number {
    const of = account ? this.session?.accounts[account]?.accountCapabilities : this.session?.capabilities
    const value = of?.[capability]?.[name]
    return typeof value === 'number' ? value : Infinity
  }

  /** Where changes are told; the stream has the name of this page, so that what the page says of its person ends with it. */
  eventsURL(): string {
    const url = this.expand(this.session?.eventSourceUrl ?? '', { types: '*', closeafter: 'no', ping: String(pingTime) })
    return `${url}${url.includes('?') ? '&' : '?'}stream=${this.streamId}`
  }

  private expand(template: string, values: Record<string, string>): string {
    return local(template.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(values[key] ?? '')))
  }

  private maxCalls(): number {
    const core = this.session?.capabilities['urn:ietf:params:jmap:core']
    return typeof core?.['maxCallsInRequest'] === 'number' ? core['maxCallsInRequest'] : defaultMaxCalls
  }

  /** Sends what waits, in as many requests as the server's limit asks for; what refers to a call goes with it. */
  private flush(): void {
    const calls = this.waiting
    this.waiting = []
    const most = this.maxCalls()
    let from = 0
    let group = 0
    for (const [i, call] of calls.entries()) {
      if (!Object.keys(call.invocation[1]).some((key) => key.startsWith('#'))) group = i
      if (i - from < most || group === from) continue
      void this.request(calls.slice(from, group))
      from = group
    }
    if (calls.length > 0) void this.request(calls.slice(from))
  }

  private async request(calls: Waiting[]): Promise<void> {
    try {
      // Without a pause, where none is needed: what is asked is on its way before the page is drawn anew.
      const session = this.session ?? (await this.open())
      const response = await this.send(local(session.apiUrl), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...this.guard() },
        body: JSON.stringify({ using: Object.keys(session.capabilities), methodCalls: calls.map((c) => c.invocation) }),
      })
      const answer = (await response.json()) as { methodResponses: Invocation[]; sessionState: string }
      settle(calls, answer.methodResponses)
      for (const account of lost(calls, answer.methodResponses)) this.options.onAccountLost?.(account)
      if (answer.sessionState !== this.session?.state) this.options.onSessionChanged?.()
    } catch (error) {
      for (const call of calls) call.reject(error)
    }
  }

  /** The header that says a change was meant, not made by another page. */
  guard(): Record<string, string> {
    const token = this.options.csrf?.()
    return token ? { 'X-Postroom-CSRF': token } : {}
  }

  private send(url: string, init: RequestInit): Promise<Response> {
    const admission = this.options.admitted?.()
    return admission ? admission.then(() => this.sendNow(url, init)) : this.sendNow(url, init)
  }

  private async sendNow(url: string, init: RequestInit): Promise<Response> {
    let response: Response
    try {
      response = await this.fetcher(url, { credentials: 'same-origin', ...init })
      this.options.onReach?.('reached')
    } catch (cause) {
      this.options.onReach?.('offline')
      throw new JMAPError('offline', 'offline', cause instanceof Error ? cause.message : '')
    }
    if (response.ok) return response
    if (response.status === 401) this.options.onSignedOut?.()
    const { words, reason } = await problem(response)
    throw JMAPError.ofStatus(response.status, words, reason)
  }
}

/** Answers each call; one that got none is a fault of the server. */
function settle(calls: Waiting[], responses: Invocation[]): void {
  const answers = new Map<string, Invocation>()
  for (const response of responses) if (!answers.has(response[2])) answers.set(response[2], response)
  for (const call of calls) {
    const answer = answers.get(call.invocation[2])
    if (!answer) call.reject(new JMAPError('fault', 'noAnswer'))
    else if (answer[0] === 'error') call.reject(JMAPError.ofType(String(answer[1]['type']), answer[1]['description'] as string, [], answer[1]['reason'] as Reason | undefined))
    else call.resolve(answer[1])
  }
}

/** The accounts that may not be read (RFC 8620 §3.6.2), as the answers to reading them say. */
function lost(calls: readonly Waiting[], responses: readonly Invocation[]): Set<Id> {
  const refusals = ['accountNotFound', 'forbidden']
  const failed = new Set(responses.filter(([name, args]) => name === 'error' && refusals.includes(String(args['type']))).map((r) => r[2]))
  const reads = /^(?:Mailbox|Email|Thread)\/(?:get|changes)$/
  return new Set(calls.filter(({ invocation: [name, , id] }) => reads.test(name) && failed.has(id)).map((c) => String(c.invocation[1]['accountId'])))
}

/** The words of a problem (RFC 7807), when there are some, and what they are made of. */
async function problem(response: Response): Promise<{ words: string; reason?: Reason }> {
  try {
    const body = (await response.json()) as { detail?: string; description?: string; reason?: Reason }
    return { words: body.detail ?? body.description ?? '', reason: body.reason }
  } catch {
    return { words: '' }
  }
}

/**
 * The same resource on the origin this page is from: behind a proxy or in
 * development the server may know itself by another name, and only the own
 * origin is allowed to be asked.
 */
function local(url: string): string {
  return url.replace(/^https?:\/\/[^/]+/, '')
}
