// What assistive technology is given: the tree of each screen, the language of messages, and notices.
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { compose, deliver } from './deliver.ts'
import { closed, openTab, painted, stage, until } from './demo.ts'
import { administration, furnish, type Screen, screens } from './screens.ts'
import { misshapen } from './tree.ts'

const { demo, browser, opened } = await stage()
await furnish(demo)

const screen = (name: string) => screens.find((one) => one.name === name)!
const row = (page: Page, subject: string) => page.getByRole('row').filter({ hasText: subject }).first()

/** What opens above screens. */
const above: readonly Screen[] = [
  {
    name: 'account-menu',
    open: async (page) => {
      await screen('inboxes').open(page)
      await page.locator('.avatar-button').press('Enter')
      await page.getByRole('menu').waitFor()
    },
  },
  {
    name: 'folder-menu',
    open: async (page) => {
      await screen('shared').open(page)
      await page.getByRole('button', { name: 'Inbox: menu' }).first().press('Enter')
      await page.getByRole('menu').waitFor()
    },
  },
  {
    name: 'share',
    open: async (page) => {
      await screen('shared').open(page)
      await page.getByRole('button', { name: 'Inbox: menu' }).first().press('Enter')
      await page.getByRole('menuitem', { name: 'Share…' }).press('Enter')
      await page.getByRole('dialog').getByRole('combobox', { name: 'Person or group' }).pressSequentially('cle')
      await page.getByRole('option', { name: /cleo/ }).waitFor()
    },
  },
  {
    name: 'from',
    open: async (page) => {
      await screen('composer').open(page)
      await page.locator('.composer').getByRole('combobox', { name: 'From' }).press('ArrowDown')
      await page.getByRole('option').first().waitFor()
    },
  },
  {
    name: 'later',
    open: async (page) => {
      await screen('composer').open(page)
      await page.getByRole('button', { name: 'Send later…' }).press('Enter')
      await page.getByRole('dialog', { name: 'Send later' }).waitFor()
    },
  },
  {
    name: 'chosen',
    open: async (page) => {
      await screen('shared').open(page)
      await row(page, 'When do you open?').getByRole('button', { name: /^Select/ }).click()
      await page.getByText('1 selected').waitFor()
      expect(await page.getByRole('heading', { level: 1 }).allTextContents()).toEqual(['Inbox'])
    },
  },
]

for (const [who, list] of [['anna', [...screens, ...above]], ['admin', administration]] as const)
  for (const [size, look] of [['wide', {}], ['phone', { width: 390, height: 844 }]] as const)
    test(`the tree of each screen: ${who}, ${size}`, { timeout: 600_000 }, async () => {
      const tab = await opened(who, look)
      const found: Record<string, string[]> = {}
      // On a phone the folders are not shown, and with them their menus.
      for (const { name, open } of list.filter((one) => size === 'wide' || !['folder-menu', 'share'].includes(one.name))) {
        await open(tab.page)
        await painted(tab.page)
        const faults = await misshapen(tab.page)
        if (faults.length > 0) found[name] = faults
        await tab.page.goto('/services')
      }
      expect(found).toEqual({})
      await closed(tab)
    })

test('the tree of the page to sign in', async () => {
  const tab = await openTab(browser, demo)
  await tab.page.goto('/')
  await tab.page.getByLabel('Password').waitFor()
  expect(await misshapen(tab.page)).toEqual([])
  await closed(tab)
})

/** A message of one part that is HTML, or text. */
const letter = (subject: string, type: string, body: string, more = '') => `From: Dora Field <dora@elsewhere.test>\nTo: anna@example.test\nSubject: ${subject}\nMIME-Version: 1.0\nContent-Type: ${type}; charset=utf-8\n${more}\n${body}\n`

test('a message has the language it says, never that of the page', async () => {
  const messages = [
    ['Said by its page', letter('Said by its page', 'text/html', '<html lang="fr-CA"><body><p>Bonjour</p><p lang="nl">Dag</p></body></html>'), 'fr-ca'],
    ['Said by its body', letter('Said by its body', 'text/html', '<html lang="fr"><body lang="it"><p>Ciao</p></body></html>'), 'it'],
    ['Said by its meta', letter('Said by its meta', 'text/html', '<html><head><meta http-equiv="Content-Language" content="es"></head><body><p>Hola</p></body></html>'), 'es'],
    ['Said by its header', letter('Said by its header', 'text/html', '<p>Hej</p>', 'Content-Language: sv\n'), 'sv'],
    ['Said by nobody', letter('Said by nobody', 'text/html', '<p>Hmm</p>'), ''],
    ['Said badly', letter('Said badly', 'text/html', '<html lang="en &quot;onload=x"><p>Hmm</p></html>', 'Content-Language: en, fr\n'), ''],
    ['Text with a language', letter('Text with a language', 'text/plain', 'Hei', 'Content-Language: nb\n'), 'nb'],
    ['Text without one', letter('Text without one', 'text/plain', 'Hmm'), ''],
  ] as const
  for (const [, message] of messages) await deliver(demo, 'anna@example.test', message)
  const tab = await opened('anna', { locale: 'de-DE' })
  const { page } = tab
  expect(await page.locator('html').getAttribute('lang')).toBe('de')
  for (const [subject, message, language] of messages) {
    await row(page, subject).click()
    await page.getByRole('heading', { name: subject }).waitFor()
    const text = message.includes('text/html') ? page.frameLocator('.body-frame').locator('html:has(body > *)') : page.locator('.body-plain > span')
    await until(() => text.getAttribute('lang')).toBe(language)
    expect(await page.getByRole('heading', { name: subject }).locator('bdi').getAttribute('lang')).toBe('')
    if (subject === 'Said by its page') expect(await page.frameLocator('.body-frame').getByText('Dag').getAttribute('lang')).toBe('nl')
  }
  await closed(tab)
})

test('what failed is an alert, what was done a status; each is told once, above a window too', async () => {
  await deliver(demo, 'anna@example.test', compose({ subject: 'Told once' }))
  const tab = await opened('anna')
  const { page } = tab
  const notices = page.getByRole('region', { name: 'Notices' })
  await row(page, 'Told once').hover()
  await row(page, 'Told once').getByRole('button', { name: /^Flag/ }).click()
  await until(() => notices.getByRole('status').locator('.toast').count()).toBe(1)
  expect(await notices.getByRole('alert').locator('.toast').count()).toBe(0)
  await page.route('**/jmap/api', (route) => (route.request().postData()?.includes('"update"') ? route.fulfill({ status: 500, body: '' }) : route.continue()))
  await row(page, 'Told once').getByRole('button', { name: /^Flag/ }).click()
  await until(() => notices.getByRole('alert').locator('.toast').count()).toBe(1)
  expect(await notices.getByRole('status').locator('.toast').count()).toBe(0)
  // What is live in something live is told twice.
  expect(await page.locator(':is([role="alert"], [role="status"], [aria-live]) :is([role="alert"], [role="status"], [aria-live])').count()).toBe(0)
  await page.keyboard.press('?')
  await page.getByRole('dialog').waitFor()
  await page.unroute('**/jmap/api')
  expect(await notices.evaluate((element) => element.closest('[inert], [aria-hidden="true"]') === null)).toBe(true)
  await closed(tab)
})
