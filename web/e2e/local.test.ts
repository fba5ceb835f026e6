import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { compose, deliver } from './deliver.ts'
import { Demo, gone, openTab, painted, signIn, startBrowser, type Tab } from './demo.ts'

let demo: Demo
let browser: Browser

beforeAll(async () => {
  ;[demo, browser] = await Promise.all([Demo.start(), startBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await demo?.stop()
})

async function opened(name: string): Promise<Tab> {
  const tab = await openTab(browser, demo)
  await signIn(tab, demo.account(name))
  return tab
}

async function closed(tab: Tab): Promise<void> {
  expect(tab.complaints).toEqual([])
  expect(tab.strays).toEqual([])
  await tab.context.close()
}

const until = <T>(what: () => T) => expect.poll(what, { timeout: 30_000 })

const folder = (page: Page, account: string, name: string) =>
  page.locator('.folders section').filter({ has: page.getByRole('button', { name: account, exact: false }) }).getByRole('link', { name: new RegExp(`^${name}`) }).first()
const row = (page: Page, subject: string) => page.getByRole('row').filter({ hasText: subject }).first()
const bar = (page: Page) => page.getByText('Offline – showing what was last known')

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: /mailboxes and settings$/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
}

/** All that this browser keeps, as text. */
function kept(page: Page): Promise<string> {
  return page.evaluate(async () => {
    if (!(await indexedDB.databases()).some((db) => db.name === 'postroom')) return ''
    const db = await new Promise<IDBDatabase | null>((resolve) => {
      const request = indexedDB.open('postroom')
      // It was thrown away in between, and is not to be made by looking.
      request.addEventListener('upgradeneeded', () => request.transaction?.abort())
      request.addEventListener('success', () => resolve(request.result))
      request.addEventListener('error', () => resolve(null))
    })
    if (!db) return ''
    const all: unknown[] = []
    for (const name of [...db.objectStoreNames]) {
      const rows = await new Promise((resolve) => {
        const request = db.transaction(name).objectStore(name).getAll()
        request.addEventListener('success', () => resolve(request.result))
      })
      all.push(...(rows as unknown[]))
    }
    db.close()
    return all.length === 0 ? '' : JSON.stringify(all)
  })
}

test('on reload the list is there before the network answers, and then it is brought up to date', async () => {
  await deliver(demo, 'anna@example.test', compose({ subject: 'Window seat', text: 'By the door it is cold.' }))
  const tab = await opened('anna')
  const { page } = tab
  await row(page, 'Window seat').click()
  await page.locator('.message-body').getByText('By the door').waitFor()
  await until(() => kept(page)).toMatch(/Window seat[^]*By the door/)
  expect(await kept(page)).not.toContain('"mayReadItems":true')

  let answer: () => void = () => {}
  const gate = new Promise<void>((resolve) => (answer = resolve))
  await page.route(/\/(?:jmap|auth|\.well-known)\//, async (route) => {
    await gate
    await route.continue().catch(gone)
  })
  await page.reload()
  await row(page, 'Window seat').waitFor()
  await page.locator('.message-body').getByText('By the door').waitFor()
  // Nothing may be done with it yet: that the server says.
  expect(await page.getByRole('toolbar').getByRole('button', { name: /^Delete/ }).first().isDisabled()).toBe(true)
  await folder(page, 'info@example.test', 'Inbox').waitFor()
  await deliver(demo, 'anna@example.test', compose({ subject: 'Came meanwhile' }))
  answer()
  await row(page, 'Came meanwhile').waitFor()
  await until(() => page.getByRole('toolbar').getByRole('button', { name: /^Delete/ }).first().isDisabled()).toBe(false)
  await closed(tab)
})

test('of a shared mailbox that was taken away meanwhile nothing remains', async () => {
  await demo.run(['account', 'create', 'desk@example.test', '--kind', 'shared'])
  await demo.run(['share', 'desk@example.test', '--with', 'ben@example.test', '--preset', 'read'])
  await deliver(demo, 'desk@example.test', compose({ subject: 'Lost umbrella', to: 'desk@example.test', text: 'It is green.' }))
  const tab = await opened('ben')
  const { page } = tab
  await folder(page, 'desk@example.test', 'Inbox').click()
  await row(page, 'Lost umbrella').click()
  await page.locator('.message-body').getByText('It is green').waitFor()
  await until(() => kept(page)).toMatch(/Lost umbrella[^]*It is green/)
  await until(() => kept(page)).toContain('"name":"desk@example')
  await page.goto('about:blank')
  await demo.run(['unshare', 'desk@example.test', '--with', 'ben@example.test'])
  await page.goto('/')
  await folder(page, 'ben@example.test', 'Inbox').waitFor()
  await until(async () => /"name":"desk@example|Lost umbrella|It is green/.test(await kept(page))).toBe(false)
  await until(() => folder(page, 'desk@example.test', 'Inbox').count()).toBe(0)
  await until(() => kept(page)).toContain('ben@example.test')
  await closed(tab)
})

test('signing out empties it, in every tab; so does unticking the box, and then nothing is kept', async () => {
  await deliver(demo, 'anna@example.test', compose({ subject: 'Kept for a while' }))
  const tab = await opened('anna')
  const { page, context } = tab
  await until(() => kept(page)).toMatch(/Kept for a while[^]*"lists":\[\{/)
  const other = await context.newPage()
  await other.goto('/')
  await other.locator('.shell').waitFor()
  await signOut(page)
  await page.getByLabel('Password').waitFor()
  await other.getByLabel('Password').waitFor()
  expect(await kept(page)).toBe('')
  expect(await other.getByRole('row').count()).toBe(0)

  await page.getByRole('checkbox', { name: /Keep mail on this device/ }).waitFor()
  expect(await inaccessible(page)).toEqual([])
  await page.getByText('Keep mail on this device').click()
  await signIn(tab, demo.account('anna'))
  await other.locator('.shell').waitFor() // it is the same session
  await row(page, 'Kept for a while').waitFor()
  await page.reload()
  await row(page, 'Kept for a while').waitFor()
  expect(await kept(page)).toBe('')

  await page.goto('/#/settings/general')
  await page.getByText('Keep mail on this device').click()
  await until(() => kept(page)).toContain('anna@example.test')
  expect(await inaccessible(page)).toEqual([])
  await page.getByRole('button', { name: 'Forget what is kept on this device' }).click()
  await page.getByText('No mail is kept on this device').waitFor()
  expect(await kept(page)).toBe('')
  await closed(tab)
})

test('signing out in one tab while another one starts leaves nothing, and ends that one too', async () => {
  const tab = await opened('anna')
  const { page, context } = tab
  await until(() => kept(page)).toContain('"lists":[{')
  const other = await context.newPage()
  let answer: () => void = () => {}
  const gate = new Promise<void>((resolve) => (answer = resolve))
  const asked = new Promise<void>((resolve) => {
    void other.route('**/auth/session', async (route) => {
      const response = await route.fetch() // of when the session was there
      resolve()
      await gate
      await route.fulfill({ response }).catch(gone)
    })
  })
  await other.goto('/')
  await other.locator('.shell').waitFor() // as it was kept
  await asked
  await page.getByRole('button', { name: /mailboxes and settings$/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByLabel('Password').waitFor()
  await other.getByLabel('Password').waitFor()
  const answered = other.waitForResponse('**/auth/session')
  answer()
  await (await answered).finished()
  await painted(other)
  expect(await other.locator('.shell').count()).toBe(0)
  expect(await kept(page)).toBe('')
  await closed(tab)
})

test('a session that ended while the page was closed leaves nothing', async () => {
  const tab = await opened('anna')
  await until(() => kept(tab.page)).toContain('anna@example.test')
  await tab.page.goto('about:blank')
  await tab.context.clearCookies()
  await tab.page.goto('/')
  await tab.page.getByLabel('Password').waitFor()
  await until(() => kept(tab.page)).toBe('')
  await closed(tab)
})

test('without a network what was last known is shown, nothing can be changed, and it comes back by itself', async () => {
  await deliver(demo, 'anna@example.test', compose({ subject: 'Before the tunnel' }))
  const tab = await opened('anna')
  const { page, context } = tab
  await row(page, 'Before the tunnel').waitFor()
  await context.setOffline(true)
  await bar(page).waitFor()
  await row(page, 'Before the tunnel').getByRole('button', { name: /^Flag/ }).click()
  await page.getByText('The server cannot be reached').first().waitFor()
  await until(() => row(page, 'Before the tunnel').getByRole('button', { name: /^Flag/ }).getAttribute('aria-pressed')).toBe('false')
  expect(await inaccessible(page)).toEqual([])
  await deliver(demo, 'anna@example.test', compose({ subject: 'In the tunnel' }))
  await context.setOffline(false)
  await row(page, 'In the tunnel').waitFor()
  await until(() => bar(page).count()).toBe(0)

  // Started while the server cannot be reached.
  await until(() => kept(page)).toContain('In the tunnel')
  await page.route(/\/(?:jmap|auth|\.well-known)\//, (route) => route.abort().catch(gone))
  await page.reload()
  await row(page, 'In the tunnel').waitFor()
  await bar(page).waitFor()
  expect(await inaccessible(page)).toEqual([])
  await page.unroute(/\/(?:jmap|auth|\.well-known)\//)
  await until(() => bar(page).count()).toBe(0)
  await row(page, 'In the tunnel').getByRole('button', { name: /^Flag/ }).click()
  await until(() => row(page, 'In the tunnel').getByRole('button', { name: /^Flag/ }).getAttribute('aria-pressed')).toBe('true')
  await closed(tab)
})

/** Whether the server knows who this browser is. */
const session = (page: Page) => page.evaluate(async () => (await fetch('/auth/session')).status)

test('signing out without a network: nothing stays here, and the server hears of it as soon as it can', async () => {
  const tab = await opened('anna')
  const { page, context } = tab
  await context.setOffline(true)
  await signOut(page)
  await page.getByText('the server could not be told that you signed out').waitFor()
  await until(() => kept(page)).toBe('')
  await context.setOffline(false)
  await page.getByText('the server could not be told that you signed out').waitFor({ state: 'detached' })
  expect(await session(page)).toBe(401)

  await signIn(tab, demo.account('ben'))
  await context.setOffline(true)
  await signOut(page)
  await page.getByText('the server could not be told that you signed out').waitFor()
  await page.close()
  await context.setOffline(false)
  // Whoever opens the page next is not ben.
  const next = await context.newPage()
  await next.goto('/')
  await next.getByRole('textbox', { name: 'Address' }).waitFor()
  await until(() => session(next)).toBe(401)
  await closed(tab)
})

