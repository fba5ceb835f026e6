import { createContext, useContext } from 'react'
import { JMAPError, type Fault, type Reason } from '../jmap/error.ts'

type Query = Record<string, string | number | boolean | undefined>

interface Options {
  /** Sent with what changes something. */
  csrf: () => string
  /** The server no longer knows who this is. */
  onSignedOut: () => void
  /** Has whoever is there confirm that it is them; what comes stands for one code of the second factor, '' for none. */
  confirm?: () => Promise<string>
  fetch?: typeof fetch
}

/** Speaks JSON with what the server has beside JMAP: the admin API. Errors are JMAPErrors with the server's words. */
export class Api {
  constructor(private readonly options: Options) {}

  get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
    return this.request<T>('GET', path, undefined, query, signal)
  }

  /** With a version to match: when it is no longer that, nothing is changed. What has to be confirmed is sent again once it is. */
  async send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, query: Query = {}, match?: string): Promise<T> {
    try {
      return await this.request<T>(method, path, body, query, undefined, match)
    } catch (error) {
      if (!this.options.confirm || !(error instanceof JMAPError) || error.type !== 'confirmationNeeded') throw error
      const code = await this.options.confirm()
      // A code of the second factor that was sent along may have been used for the confirmation.
      const again = code && isObject(body) && 'code' in body ? { ...body, code } : body
      return this.request<T>(method, path, again, query, undefined, match)
    }
  }

  private async request<T>(method: string, path: string, body: unknown, query: Query, signal?: AbortSignal, match?: string): Promise<T> {
    const params = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') params.set(name, String(value))
    const headers: Record<string, string> = { Accept: 'application/json' }
    if (method !== 'GET') headers['X-Postroom-CSRF'] = this.options.csrf()
    if (method !== 'GET' && method !== 'DELETE') headers['Content-Type'] = 'application/json'
    if (match) headers['If-Match'] = `"${match}"`
    let response: Response
    try {
      response = await (this.options.fetch ?? fetch)(`${path}${params.size > 0 ? `?${params.toString()}` : ''}`, {
        method, headers, signal, body: headers['Content-Type'] ? JSON.stringify(body ?? {}) : undefined,
      })
    } catch (error) {
      if (signal?.aborted) throw error
      throw new JMAPError('offline', 'offline')
    }
    if (response.ok) return (await response.json()) as T
    if (response.status === 401) this.options.onSignedOut()
    const { detail, kind, reason, errors } = await problem(response)
    if (kind === 'confirmationNeeded') throw new JMAPError('denied', kind, detail)
    throw JMAPError.ofStatus(response.status, detail, reason, errors)
  }
}

/** What is wrong, as RFC 9457 says it: in words, of what kind, what the words are made of, and which parts of the request do not fit. */
async function problem(response: Response): Promise<{ detail: string; kind: string; reason?: Reason; errors?: readonly Fault[] }> {
  try {
    const { detail, kind, reason, errors } = (await response.json()) as { detail?: unknown; kind?: unknown; reason?: Reason; errors?: readonly Fault[] }
    return { detail: typeof detail === 'string' ? detail : '', kind: typeof kind === 'string' ? kind : '', reason, errors }
  } catch {
    return { detail: '', kind: '' }
  }
}

function isObject(body: unknown): body is Record<string, unknown> {
  return typeof body === 'object' && body !== null && !Array.isArray(body)
}

/** What the admin API is below. */
const prefix = '/admin/v1'

/** A path of the admin API; steps are names that may hold anything. */
export function adminPath(...steps: readonly (string | number)[]): string {
  return [prefix, ...steps.map((step) => encodeURIComponent(step))].join('/')
}

export const ApiContext = createContext<Api | null>(null)

export function useApi(): Api {
  const api = useContext(ApiContext)
  if (!api) throw new Error('nobody is signed in')
  return api
}
