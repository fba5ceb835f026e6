import { createContext, useContext } from 'react'
import { JMAPError } from '../jmap/error.ts'

type Query = Record<string, string | number | boolean | undefined>

interface Options {
  /** Sent with what changes something. */
  csrf: () => string
  /** The server no longer knows who this is. */
  onSignedOut: () => void
  fetch?: typeof fetch
}

/** Speaks JSON with what the server has beside JMAP: the admin API. Errors are JMAPErrors with the server's words. */
export class Api {
  constructor(private readonly options: Options) {}

  get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
    return this.request<T>('GET', path, undefined, query, signal)
  }

  /** With a version to match: when it is no longer that, nothing is changed. */
  send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, query: Query = {}, match?: string): Promise<T> {
    return this.request<T>(method, path, body, query, undefined, match)
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
    throw JMAPError.ofStatus(response.status, await detail(response))
  }
}

/** What is wrong, in the words of RFC 9457's detail. */
async function detail(response: Response): Promise<string> {
  try {
    const problem = (await response.json()) as { detail?: unknown }
    return typeof problem.detail === 'string' ? problem.detail : ''
  } catch {
    return ''
  }
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
