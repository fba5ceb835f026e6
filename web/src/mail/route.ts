import { useMemo, useSyncExternalStore } from 'react'
import type { Id } from '../jmap/types.ts'

export type Place = { kind: 'inboxes' } | { kind: 'folder'; account: Id; mailbox: Id }

/**
 * What is looked at. It is in the fragment of the address, so that going back,
 * bookmarks and signing in again work, and the server never sees it.
 */
export interface Route {
  place: Place | null
  /** What is searched for, as typed; '' when the folder is simply shown. */
  search: string
  /** The conversation that is open. */
  open: { account: Id; thread: Id } | null
}

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  const steps = path.split('/').map((step) => safeDecode(step))
  const params = new URLSearchParams(query)
  const route: Route = { place: null, search: params.get('q') ?? '', open: null }
  if (steps[0] === 'inboxes') route.place = { kind: 'inboxes' }
  else if (steps[0] === 'folder' && steps[1] && steps[2]) route.place = { kind: 'folder', account: steps[1], mailbox: steps[2] }
  const account = params.get('in')
  const thread = params.get('open')
  if (account && thread) route.open = { account, thread }
  return route
}

export function formatRoute(route: Route): string {
  const { place } = route
  const path = place === null ? '' : place.kind === 'inboxes' ? 'inboxes' : `folder/${encodeURIComponent(place.account)}/${encodeURIComponent(place.mailbox)}`
  const params = new URLSearchParams()
  if (route.search) params.set('q', route.search)
  if (route.open) {
    params.set('in', route.open.account)
    params.set('open', route.open.thread)
  }
  const query = params.toString()
  return `#/${path}${query ? `?${query}` : ''}`
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener)
  window.addEventListener('popstate', listener)
  return () => {
    window.removeEventListener('hashchange', listener)
    window.removeEventListener('popstate', listener)
  }
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash)
  return useMemo(() => parseRoute(hash), [hash])
}

/** Goes there; with replace, without a step in the history. */
export function go(route: Route, how: 'push' | 'replace' = 'push'): void {
  const hash = formatRoute(route)
  if (hash === location.hash) return
  if (how === 'push') history.pushState(null, '', hash)
  else history.replaceState(null, '', hash)
  window.dispatchEvent(new PopStateEvent('popstate'))
}
