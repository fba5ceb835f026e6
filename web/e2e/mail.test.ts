import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { compose, deliver } from './deliver.ts'
import { closed, stage, type Tab, until } from './demo.ts'

const { demo, opened } = await stage()

/** The folders of one account. */
const section = (page: Page, account: string) => page.getByRole('region', { name: account }).or(page.locator('section').filter({ has: page.getByRole('button', { name: account, exact: false }) }))
const folder = (page: Page, account: string, name: string) => section(page, account).getByRole('link', { name: new RegExp(`^${name}`) }).first()
const row = (page: Page, subject: string) => page.getByRole('row').filter({ hasText: subject }).first()

test('reading: own and shared folders, a conversation, an attachment', async () => {
  const first = '<reading-1@elsewhere.test>'
  await deliver(demo, 'anna@example.test', compose({ subject: 'Key of the meeting room', text: 'Who has it?', id: first }))
  await deliver(demo, 'anna@example.test', compose({ subject: 'Re: Key of the meeting room', html: '<p style="color:#070">At the <b>desk</b>.</p>', inReplyTo: first, attachment: { name: 'plan.txt', type: 'text/plain', body: 'the plan' } }))
  const tab = await opened('anna')
  const { page } = tab
  await folder(page, 'info@example.test', 'Inbox').waitFor()
  await row(page, 'Key of the meeting room').click()
  await page.getByRole('heading', { name: 'Key of the meeting room' }).waitFor()
  await until(() => page.locator('.message').count()).toBe(2)
  const text = page.frameLocator('.message iframe').last()
  await text.getByText('At the desk.').waitFor()
  expect(await text.locator('p').evaluate((p) => getComputedStyle(p).color)).toBe('rgb(0, 119, 0)')
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /plan\.txt/ }).click()])
  expect(download.suggestedFilename()).toBe('plan.txt')
  await until(() => row(page, 'Key of the meeting room').getAttribute('data-unread')).toBeNull()
  expect(await inaccessible(page)).toEqual([])
  await closed(tab)
})

test('new mail appears by itself, for everybody who shares the mailbox', async () => {
  const tabs = await Promise.all([opened('anna'), opened('ben')])
  for (const { page } of tabs) await folder(page, 'info@example.test', 'Inbox').click()
  await deliver(demo, 'info@example.test', compose({ subject: 'Do you open on Sunday?', to: 'info@example.test' }))
  for (const { page } of tabs) await row(page, 'Do you open on Sunday?').waitFor()
  const [anna, ben] = tabs as [Tab, Tab]
  await row(anna.page, 'Do you open on Sunday?').getByRole('button', { name: /^Flag/ }).click()
  await until(() => row(ben.page, 'Do you open on Sunday?').getByRole('button', { name: /^Flag/ }).getAttribute('aria-pressed')).toBe('true')
  for (const tab of tabs) await closed(tab)
})

test('by keyboard alone: open, delete, undo, move', async () => {
  for (const subject of ['Keyboard one', 'Keyboard two']) await deliver(demo, 'anna@example.test', compose({ subject }))
  const tab = await opened('anna')
  const { page } = tab
  await row(page, 'Keyboard two').waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('l')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Keyboard two' }).waitFor()
  await page.keyboard.press('#')
  await until(() => row(page, 'Keyboard two').count()).toBe(0)
  await page.keyboard.press('z')
  await row(page, 'Keyboard two').waitFor()
  await page.keyboard.press('Escape')
  await until(() => page.evaluate(`document.activeElement?.hasAttribute('data-focus-list')`)).toBe(true)
  await page.keyboard.press('Home')
  await page.keyboard.press('v')
  await page.getByRole('dialog').waitFor()
  expect(await inaccessible(page)).toEqual([])
  await page.keyboard.type('Junk')
  await page.keyboard.press('Enter')
  await until(() => row(page, 'Keyboard two').count()).toBe(0)
  await folder(page, 'anna@example.test', 'Junk').click()
  await row(page, 'Keyboard two').waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  await page.keyboard.press('Escape')
  await closed(tab)
})

test('a search, by chips', async () => {
  for (const subject of ['Chips one', 'Chips two']) await deliver(demo, 'anna@example.test', compose({ subject }))
  const tab = await opened('anna')
  const { page } = tab
  await row(page, 'Chips two').click()
  await page.getByRole('heading', { name: 'Chips two' }).waitFor()
  await until(() => row(page, 'Chips two').getAttribute('data-unread')).toBeNull()
  await page.keyboard.press('/')
  await page.getByRole('button', { name: 'Unread', exact: true }).click()
  await row(page, 'Chips one').waitFor()
  await until(() => row(page, 'Chips two').count()).toBe(0)
  expect(await inaccessible(page)).toEqual([])
  await page.getByRole('button', { name: 'Unread: remove' }).click()
  await row(page, 'Chips two').waitFor()
  await closed(tab)
})

test('a search, by words typed with it', async () => {
  await deliver(demo, 'anna@example.test', compose({ subject: 'Ladder for the attic', from: 'Cleo Marsh <cleo.marsh@elsewhere.test>' }))
  await deliver(demo, 'anna@example.test', compose({ subject: 'Ladder for the cellar', from: 'Dora Field <dora@elsewhere.test>' }))
  await deliver(demo, 'anna@example.test', compose({ subject: 'About something else', from: 'Dora Field <dora@elsewhere.test>', text: 'I have a ladder' }))
  const tab = await opened('anna')
  const { page } = tab
  await row(page, 'Ladder for the cellar').waitFor()
  const found = () => page.locator('.row').allInnerTexts().then((all) => ['attic', 'cellar', 'something else'].filter((word) => all.some((text) => text.includes(word))))
  await page.keyboard.press('/')
  await page.keyboard.type('from:dora')
  await until(() => page.locator('.search-offer').allInnerTexts()).toEqual(['From: dora'])
  expect(await inaccessible(page)).toEqual([])
  await page.locator('.search-offer').click()
  await page.getByRole('button', { name: 'From: dora: remove' }).waitFor()
  await until(found).toEqual(['cellar', 'something else'])
  await page.keyboard.type('subject: ladder after:2026-01-01')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Subject: ladder: remove' }).waitFor()
  await page.getByRole('button', { name: /^Since .*: remove/ }).waitFor()
  await until(found).toEqual(['cellar'])
  await page.getByRole('button', { name: 'From: dora: remove' }).click()
  await until(found).toEqual(['attic', 'cellar'])
  await closed(tab)
})

test('a message is dragged to a folder, and back by undoing', async () => {
  await deliver(demo, 'anna@example.test', compose({ subject: 'To be dragged' }))
  const tab = await opened('anna')
  const { page } = tab
  await row(page, 'To be dragged').dragTo(folder(page, 'anna@example.test', 'Trash'))
  await until(() => row(page, 'To be dragged').count()).toBe(0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await row(page, 'To be dragged').waitFor()
  await closed(tab)
})

test('all inboxes, without those left out', async () => {
  await deliver(demo, 'info@example.test', compose({ subject: 'For the team', to: 'info@example.test' }))
  await deliver(demo, 'anna@example.test', compose({ subject: 'For Anna' }))
  const tab = await opened('anna')
  const { page } = tab
  await page.getByRole('link', { name: 'All inboxes' }).click()
  await row(page, 'For the team').waitFor()
  await row(page, 'For Anna').waitFor()
  await page.getByRole('button', { name: 'Mailboxes shown here' }).click()
  await page.getByRole('menuitemcheckbox', { name: 'info@example.test' }).click()
  await page.keyboard.press('Escape')
  await until(() => row(page, 'For the team').count()).toBe(0)
  await row(page, 'For Anna').waitFor()
  expect(await inaccessible(page)).toEqual([])
  await closed(tab)
})

test('a revoked mailbox goes away while it is open', async () => {
  await demo.run(['account', 'create', 'desk@example.test', '--kind', 'shared'])
  await demo.run(['share', 'desk@example.test', '--with', 'ben@example.test', '--preset', 'read'])
  const tab = await opened('ben')
  const { page } = tab
  await folder(page, 'desk@example.test', 'Inbox').click()
  await page.getByRole('heading', { name: 'Inbox' }).waitFor()
  await demo.run(['unshare', 'desk@example.test', '--with', 'ben@example.test'])
  await page.getByText('This folder is not there').waitFor()
  await until(() => page.getByRole('button', { name: 'desk@example.test' }).count()).toBe(0)
  await closed(tab)
})

test('a session that has ended: signing in again keeps the place', async () => {
  const tab = await opened('anna')
  const { page } = tab
  await folder(page, 'info@example.test', 'Inbox').click()
  await page.getByRole('row').first().waitFor()
  const place = page.url()
  const sent = await folder(page, 'info@example.test', 'Sent').getAttribute('href')
  await tab.context.clearCookies()
  // Whatever asks the server next finds out: it may be before anything can be clicked.
  await page.evaluate(`location.hash = ${JSON.stringify(sent)}`)
  const dialog = page.getByRole('dialog', { name: 'Please sign in again' })
  await dialog.waitFor()
  await page.goBack()
  await dialog.getByLabel('Password').fill(demo.account('anna').password)
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await until(() => dialog.count()).toBe(0)
  expect(page.url()).toBe(place)
  await page.getByRole('row').first().waitFor()
  await page.getByRole('button', { name: /mailboxes and settings/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await closed(tab)
})

test('German, and dark, by choosing', async () => {
  const tab = await opened('anna')
  const { page } = tab
  const menu = () => page.getByRole('button', { name: /mailboxes and settings|Postfächer und Einstellungen/ }).click()
  await menu()
  await page.getByRole('menuitem', { name: /Language/ }).click()
  await page.getByRole('menuitemradio', { name: 'Deutsch' }).click()
  await page.getByRole('link', { name: /^Posteingang/ }).first().waitFor()
  await page.keyboard.press('Escape')
  await menu()
  await page.getByRole('menuitem', { name: /Aussehen/ }).click()
  await page.getByRole('menuitemradio', { name: 'Dunkel' }).click()
  await until(() => page.evaluate(`getComputedStyle(document.body).colorScheme`)).toBe('dark')
  await page.reload()
  await page.getByRole('link', { name: /^Posteingang/ }).first().waitFor()
  expect(await page.evaluate(`document.documentElement.dataset.theme`)).toBe('dark')
  await closed(tab)
})

test('on a phone: one thing at a time', async () => {
  await deliver(demo, 'anna@example.test', compose({ subject: 'On the phone' }))
  const tab = await opened('anna', { width: 390, height: 844 })
  const { page } = tab
  await row(page, 'On the phone').click()
  await page.getByRole('heading', { name: 'On the phone' }).waitFor()
  expect(await page.getByRole('grid').isVisible()).toBe(false)
  await page.getByRole('button', { name: 'Back to the list' }).click()
  await page.getByRole('button', { name: 'Folders' }).click()
  await folder(page, 'info@example.test', 'Sent').click()
  await page.getByRole('heading', { name: 'Sent' }).waitFor()
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  await closed(tab)
})
