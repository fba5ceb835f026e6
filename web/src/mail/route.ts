import { useMemo, useSyncExternalStore } from 'react'
import type { Id } from '../jmap/types.ts'
import { isWorkMark, type WorkMark } from '../team/work.ts'

/** What is beside the mail, by the first step of its address: #/settings/PAGE. */
const roomNames = [
  'admin', 'contacts', 'settings',
] as const

export type RoomName = (typeof roomNames)[number]

export type Place = { kind: 'inboxes' } | { kind: 'folder'; account: Id; mailbox: Id } | { kind: 'room'; room: RoomName; page: string }

/**
 * What is looked at. It is in the fragment of the address, so that going back,
 * bookmarks and signing in again work, and the server never sees it.
 */
export interface Route {
  place: Place | null
  /** What is searched for, as typed; '' when the folder is simply shown. */
  search: string
  /** What the list of a shared mailbox is narrowed to. */
  work?: readonly WorkMark[]
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
  const room = roomNames.find((name) => name === steps[0])
  if (room) route.place = { kind: 'room', room, page: steps.slice(1).join('/') }
  const work = (params.get('only') ?? '').split(',').filter(isWorkMark)
  if (work.length > 0) route.work = work
  const account = params.get('in')
  const thread = params.get('open')
  if (account && thread) route.open = { account, thread }
  return route
}

function formatPlace(place: Place | null): string {
  switch (place?.kind) {
    case 'inboxes':
      return 'inboxes'
    case 'folder':
      return `folder/${encodeURIComponent(place.account)}/${encodeURIComponent(place.mailbox)}`
    case 'room':
      return [place.room, ...place.page.split('/').filter(Boolean)].map(encodeURIComponent).join('/')
    default:
      return ''
  }
}

export function formatRoute(route: Route): string {
  const params = new URLSearchParams()
  if (route.search) params.set('q', route.search)
  if (route.work?.length) params.set('only', route.work.join(','))
  if (route.open) {
    params.set('in', route.open.account)
    params.set('open', route.open.thread)
  }
  const query = params.toString()
  return `#/${formatPlace(route.place)}${query ? `?${query}` : ''}`
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

/** The address of a room's page. */
export function roomHref(room: RoomName, page = ''): string {
  return formatRoute({ place: { kind: 'room', room, page }, search: '', open: null })
}

/** Goes there; with replace, without a step in the history. */
export function go(route: Route, how: 'push' | 'replace' = 'push'): void {
  const hash = formatRoute(route)
  if (hash === location.hash) return
  if (how === 'push') history.pushState(null, '', hash)
  else history.replaceState(null, '', hash)
  window.dispatchEvent(new PopStateEvent('popstate'))
}
