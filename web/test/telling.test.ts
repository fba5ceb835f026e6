import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Emitter } from '../src/store/emitter.ts'
import type { Store } from '../src/store/store.ts'
import { type Presence, Team } from '../src/team/team.ts'

/** What was said, and how: the last words of a page are a farewell. */
let said: string[]
/** Whom the server lists, each time it is asked. */
let listed: (() => Promise<Partial<Presence>[]>)[]
let team: Team
let heard: (types: string[]) => void

beforeEach(() => {
  said = []
  listed = []
  vi.stubGlobal('window', new EventTarget())
  vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }))
  const told = new Set<(account: string, types: string[]) => void>()
  const account = { id: 'a', name: 'info@example.test', isPersonal: false, accountCapabilities: {} }
  const client = {
    streamId: 'here',
    call: async (name: string, args: Record<string, string>) => {
      if (name === 'Presence/list') return { list: await (listed.shift() ?? (() => Promise.resolve([])))() }
      said.push(`${args['threadId']} ${args['activity']}`)
      return {}
    },
    farewell: (calls: [string, Record<string, string>][]) => said.push(...calls.map(([, args]) => `farewell ${args['threadId']} ${args['activity']}`)),
  }
  team = new Team({ told, client, emitter: new Emitter(), accounts: [account], account: () => account } as unknown as Store)
  heard = (types) => told.forEach((listener) => listener('a', types))
})
afterEach(() => {
  vi.unstubAllGlobals()
})

const show = (visibility: 'visible' | 'hidden') => {
  Object.assign(document, { visibilityState: visibility })
  document.dispatchEvent(new Event('visibilitychange'))
}
const me = (activity: Presence['activity']): Partial<Presence> => ({ threadId: 't', isMe: true, activity, who: { name: 'Anna', email: 'anna@example.test', accountId: null }, until: new Date(Date.now() + 40_000).toISOString() })

test('a page that is closed says nothing after its farewell', () => {
  team.telling.claim('a', 't', 'reading')
  team.telling.claim('a', 't', 'answering')
  window.dispatchEvent(new Event('pagehide'))
  show('hidden') // which browsers tell after that
  expect(said).toEqual(['t reading', 't answering', 'farewell t left'])
})

test('one that was put aside and comes back says it anew', () => {
  team.telling.claim('a', 't', 'answering')
  window.dispatchEvent(new Event('pagehide'))
  show('hidden')
  show('visible')
  window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
  expect(said).toEqual(['t answering', 'farewell t left', 't answering'])
})

test('what the server does not know of this page is said again, whatever another page of theirs says', async () => {
  const here = { ...me('answering'), streamIds: ['elsewhere', 'here'] }
  listed = [() => Promise.resolve([here]), () => Promise.resolve([{ ...here, streamIds: ['elsewhere'] }])]
  team.telling.claim('a', 't', 'reading')
  await team.presence.load('a', 'all')
  expect(said).toEqual(['t reading'])
  await team.presence.load('a', 'all')
  expect(said).toEqual(['t reading', 't reading'])
})

test('what changes while a first list is on its way is asked for once more', async () => {
  let answer!: (list: Partial<Presence>[]) => void
  listed = [() => new Promise((resolve) => (answer = resolve)), () => Promise.resolve([])]
  const loaded = team.presence.load('a', 'all')
  heard(['Presence'])
  answer([me('reading')])
  await loaded
  expect(team.presence.get('a', 'all')).toEqual([])
})

test('whoever sends an answer is warned by what is known here when the server does not say in time', async () => {
  vi.useFakeTimers()
  const ben = { ...me('answering'), isMe: false }
  listed = [() => Promise.resolve([ben]), () => new Promise(() => {})]
  await team.presence.load('a', 'all')
  const asked = team.collision('a', 't', 0)
  await vi.advanceTimersByTimeAsync(3000)
  expect(await asked).toEqual({ answering: [ben], answered: [] })
  vi.useRealTimers()
})
