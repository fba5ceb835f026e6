import type { Page } from 'playwright-core'
import type { Demo } from './demo.ts'
import { compose, deliver } from './deliver.ts'

/** A screen of the client: how one comes to it, and what is there then. */
export interface Screen {
  name: string
  open: (page: Page) => Promise<void>
}

/** Fills the demo with what the screens show. */
export async function furnish(demo: Demo): Promise<void> {
  const first = '<screens-1@elsewhere.test>'
  await deliver(demo, 'info@example.test', compose({ subject: 'When do you open?', to: 'info@example.test', text: 'On Monday, that is.', id: first, from: 'Dora Field <dora@elsewhere.test>' }))
  await deliver(demo, 'info@example.test', compose({ subject: 'Re: When do you open?', to: 'info@example.test', html: '<p>And on <b>Sunday</b>?</p>', inReplyTo: first, attachment: { name: 'hours.txt', type: 'text/plain', body: '9 to 5' }, from: 'Dora Field <dora@elsewhere.test>' }))
  await deliver(demo, 'info@example.test', compose({ subject: 'מתי אתם פותחים? (Order 123)', to: 'info@example.test', text: 'שלום, מתי אתם פותחים? Best, Dora', from: '=?utf-8?B?15PXldeo15Q=?= <dora@elsewhere.test>' }))
  await demo.run(['share', 'info@example.test', '--with', 'cleo@example.test', '--preset', 'read', '--quiet'])
}

const row = (page: Page, subject: string) => page.getByRole('row').filter({ hasText: subject }).first()

/** The inbox of the shared mailbox, with or without its folders shown. */
async function shared(page: Page): Promise<void> {
  await page.goto('/#/inboxes')
  // On a phone the folders are there, but not shown.
  const link = page.locator('.folders section').filter({ hasText: 'info@example.test' }).locator('a.folder').first()
  await page.goto(`/${await link.getAttribute('href')}`)
  await row(page, 'When do you open?').waitFor()
}

async function at(page: Page, address: string, ready: string): Promise<void> {
  await page.goto(`/#/${address}`)
  await page.locator(ready).first().waitFor()
}

/** The screens of a person. */
export const screens: readonly Screen[] = [
  { name: 'inboxes', open: (page) => at(page, 'inboxes', '.row-subject') },
  { name: 'shared', open: shared },
  {
    name: 'folders',
    open: async (page) => {
      await shared(page)
      const button = page.locator('.topbar > .button').first()
      if (await button.isVisible()) await button.click()
      await page.locator('.sidebar').waitFor()
    },
  },
  {
    name: 'conversation',
    open: async (page) => {
      await shared(page)
      await row(page, 'When do you open?').click()
      await page.locator('.conversation .answer').first().waitFor()
      await page.locator('.attachment').first().waitFor()
    },
  },
  {
    name: 'composer',
    open: async (page) => {
      await shared(page)
      await row(page, 'When do you open?').click()
      await page.locator('.conversation .answer').first().waitFor()
      await page.keyboard.press('r')
      await page.locator('.composer-foot').waitFor()
    },
  },
  {
    name: 'search',
    open: async (page) => {
      await at(page, 'inboxes', '.row-subject')
      await page.locator('[data-search-input]').focus()
      await page.locator('.search-help').waitFor()
    },
  },
  {
    name: 'shortcuts',
    open: async (page) => {
      await at(page, 'inboxes', '.row-subject')
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
    },
  },
  { name: 'contacts', open: (page) => at(page, 'contacts/people', '.contact') },
  { name: 'lists', open: (page) => at(page, 'contacts/lists', '.pages-page h2, .pages-page h1') },
  ...['general', 'identities', 'absence', 'sharing', 'delegates', 'sign-in', 'devices', 'app-passwords'].map((name): Screen => ({ name: `settings-${name}`, open: (page) => at(page, `settings/${name}`, '.pages-page h2') })),
]

/** The screens of an administrator. */
export const administration: readonly Screen[] = [
  { name: 'admin-accounts', open: (page) => at(page, 'admin/accounts', '.table') },
  { name: 'admin-new', open: (page) => at(page, 'admin/accounts/new', '.admin-card') },
  { name: 'admin-account', open: (page) => at(page, 'admin/accounts/info%40example.test', '.facts') },
  { name: 'admin-delegates', open: (page) => at(page, 'admin/accounts/info%40example.test/delegates', '.table') },
  { name: 'admin-group', open: (page) => at(page, 'admin/groups/info-team%40example.test', '.table') },
  { name: 'admin-domain', open: (page) => at(page, 'admin/domains/example.test', '.table') },
  { name: 'admin-explain', open: (page) => at(page, 'admin/access/ben%40example.test/info%40example.test', '.explained') },
  { name: 'admin-audit', open: (page) => at(page, 'admin/audit', '.table') },
  { name: 'admin-queue', open: (page) => at(page, 'admin/queue', '.table, .blank') },
]
