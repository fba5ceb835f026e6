import type { Route } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closed, Demo, openTab, signIn, startBrowser, type Tab } from './demo.ts'

const million = 1_000_000

type Call = [method: string, args: Record<string, unknown> & { accountId: string }, id: string]

let demo: Demo
let browser: Awaited<ReturnType<typeof startBrowser>>
let tab: Tab

/** A message that nobody has to store: row 1 is the newest. */
const message = (row: number) => ({
  id: `e${row}`, blobId: `b${row}`, threadId: `t${row}`, mailboxIds: {}, keywords: { $seen: true }, size: 100, receivedAt: '2026-01-01T00:00:00Z', sentAt: null,
  subject: `Row ${row}`, from: [{ name: 'Cleo', email: 'cleo@example.test' }], to: [], cc: [], messageId: null, hasAttachment: false, preview: '',
})

/** Answers for the server what is asked about the folder for junk, which has a million messages; what else is asked it answers itself. */
async function pretend(route: Route): Promise<void> {
  const request = route.request().postDataJSON() as { using: string[]; methodCalls: Call[] }
  const made: [string, unknown, string][] = []
  const rest: Call[] = []
  let rows: number[] | undefined
  for (const [method, args, id] of request.methodCalls) {
    const state = { accountId: args.accountId, state: 's' }
    const limit = Number(args['limit'])
    const position = Number(args['position'])
    if (method === 'Email/query' && (args['filter'] as { inMailbox?: string }).inMailbox === junk) {
      rows = Array.from({ length: Math.max(0, Math.min(limit, million - position)) }, (_, i) => position + i + 1)
      made.push([method, { accountId: args.accountId, queryState: 's', canCalculateChanges: false, position, total: million, ids: rows.map((row) => `e${row}`) }, id])
    } else if (rows && args['#ids'] && method === 'Email/get') made.push([method, { ...state, list: rows.map(message), notFound: [] }, id])
    else if (rows && args['#ids'] && method === 'Thread/get') made.push([method, { ...state, list: rows.map((row) => ({ id: `t${row}`, emailIds: [`e${row}`] })), notFound: [] }, id])
    else rest.push([method, args, id])
  }
  if (made.length === 0) return route.continue()
  const answer = rest.length > 0 ? ((await (await route.fetch({ postData: { ...request, methodCalls: rest } })).json()) as { methodResponses: unknown[]; sessionState: string }) : undefined
  sessionState = answer?.sessionState ?? sessionState
  await route.fulfill({ json: { methodResponses: [...made, ...(answer?.methodResponses ?? [])], sessionState } })
}

let junk = ''
let sessionState = ''

/** Signs in, and opens the folder that has a million messages. */
async function openFolder(): Promise<void> {
  tab = await openTab(browser, demo)
  await signIn(tab, demo.account('anna'))
  const { page } = tab
  const folder = page.locator('.folder', { hasText: 'Junk' }).first()
  junk = decodeURIComponent(((await folder.getAttribute('href')) ?? '').split('/').at(-1)!)
  expect(junk).not.toBe('')
  sessionState = (await page.evaluate(`fetch('/jmap/session').then((r) => r.json()).then((s) => s.state)`)) as string
  await page.route('**/jmap/api', pretend)
  await folder.click()
  await page.locator('.row-subject', { hasText: 'Row 1' }).first().waitFor()
}

beforeAll(async () => {
  ;[demo, browser] = await Promise.all([Demo.start(), startBrowser()])
})

afterAll(async () => {
  await browser?.close()
  await demo?.stop()
})

interface Seen {
  /** The rows in view, by number, and what each says. */
  rows: number[]
  subjects: string[]
  /** Pixels of the pane above the first and below the last. */
  above: number
  below: number
}

const look = `(() => {
  const pane = document.querySelector('.list-scroller').getBoundingClientRect()
  const rows = [...document.querySelectorAll('.row')].map((row) => ({ box: row.getBoundingClientRect(), number: Number(row.getAttribute('aria-rowindex')), subject: row.querySelector('.row-subject')?.textContent ?? '' }))
    .filter(({ box }) => box.bottom > pane.top + 1 && box.top < pane.bottom - 1).sort((a, b) => a.box.top - b.box.top)
  return { rows: rows.map((r) => r.number), subjects: rows.map((r) => r.subject), above: rows.length ? rows[0].box.top - pane.top : 1e9, below: rows.length ? pane.bottom - rows.at(-1).box.bottom : 1e9 }
})()`

/** What is in view once it is all there: rows one after another, each saying what it should, and no empty place. */
async function seen(is: (s: Seen) => boolean = () => true): Promise<Seen> {
  let last: Seen | undefined
  await expect
    .poll(async () => {
      last = (await tab.page.evaluate(look)) as Seen
      const { rows, subjects, above, below } = last
      return rows.length > 5 && above < 1 && below < 1 && rows.every((row, i) => row === rows[0]! + i && subjects[i] === `Row ${row}`) && is(last) ? 'whole' : JSON.stringify(last)
    }, { timeout: 20_000 })
    .toBe('whole')
  return last!
}

const scroll = (top: string) => tab.page.evaluate(`(() => { const pane = document.querySelector('.list-scroller'); pane.scrollTop = ${top} })()`)
const active = () => tab.page.evaluate(`Number(document.querySelector('.row[data-active]')?.getAttribute('aria-rowindex'))`)

test('a million messages are scrolled from end to end', { timeout: 240_000 }, async () => {
  await openFolder()
  const { page } = tab
  expect(await page.locator('.list').getAttribute('aria-rowcount')).toBe(String(million))
  expect(await page.evaluate(`document.querySelector('.list').offsetHeight`)).toBeLessThanOrEqual(2_000_000)
  const first = await seen((s) => s.rows[0] === 1)
  expect(first.above).toBeCloseTo(0, 0)

  await scroll('1e9')
  expect((await seen((s) => s.rows.at(-1) === million)).below).toBeCloseTo(0, 0)
  await scroll('0')
  expect((await seen((s) => s.rows[0] === 1)).above).toBeCloseTo(0, 0)
  await scroll(`(document.querySelector('.list').offsetHeight - pane.clientHeight) / 2`)
  const middle = await seen((s) => s.rows[0]! > 499_000 && s.rows[0]! < 501_000)

  // Little by little nothing is left out.
  let before = middle
  for (let i = 0; i < 10; i++) {
    await scroll('pane.scrollTop + pane.clientHeight * 0.9')
    const now = await seen((s) => s.rows[0]! > before.rows[0]!)
    expect(now.rows[0]!).toBeLessThanOrEqual(before.rows.at(-1)! + 1)
    before = now
  }

  await page.locator('.list').focus()
  await page.keyboard.press('End')
  await seen((s) => s.rows.includes(million))
  expect(await active()).toBe(million)
  await page.keyboard.press('PageUp')
  const up = await expect.poll(active).toBeLessThan(million).then(active)
  expect(up).toBeGreaterThan(million - 30)
  await seen((s) => s.rows.includes(Number(up)))
  await page.keyboard.press('Home')
  await seen((s) => s.rows[0] === 1)
  expect(await active()).toBe(1)
  await page.keyboard.press('PageDown')
  await seen((s) => s.rows.length > 0)
  expect(await active()).toBe(1 + (Number(million) - Number(up)))
  await scroll('1e9')
  await seen((s) => s.rows.at(-1) === million)
  await page.keyboard.press('Home')
  await seen((s) => s.rows[0] === 1)
  await closed(tab)
})
