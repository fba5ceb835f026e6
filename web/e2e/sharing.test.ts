import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { choosePerson, closed, stage, type Tab, typePerson, until } from './demo.ts'
import { imap } from './deliver.ts'

const { demo, opened } = await stage()
await imap(demo, demo.account('anna'), ['CREATE Projects', 'CREATE Projects/Garden', 'CREATE Minutes'])

const section = (page: Page, account: string) => page.locator('.folders section').filter({ has: page.getByRole('button', { name: account, exact: false }) })
const folder = (page: Page, account: string, name: string) => section(page, account).getByRole('link', { name: new RegExp(`^${name}`) }).first()
const dialog = (page: Page) => page.getByRole('dialog')

/** Keys go there. */
const focused = (at: Locator) => until(() => at.evaluate((element) => element === document.activeElement)).toBe(true)

async function chooseRole(page: Page, within: Locator, name: RegExp): Promise<void> {
  await within.getByRole('button', { name: /May$/ }).click()
  await page.getByRole('option', { name }).click()
}

test('a folder is shared by clicking, accepted by the other, and taken back while it is open', async () => {
  const [anna, cleo] = (await Promise.all([opened('anna'), opened('cleo')])) as [Tab, Tab]
  const { page } = anna
  await folder(page, 'anna@example.test', 'Projects').click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Share…' }).click()
  await dialog(page).getByRole('heading', { name: 'Share “Projects”' }).waitFor()
  await choosePerson(dialog(page), 'cle', /cleo@example\.test/)
  await chooseRole(page, dialog(page), /^Read, change and add/)
  await dialog(page).getByRole('status').getByText(/^Cleo.* will be able to read messages, flag and edit/).waitFor()
  await dialog(page).getByLabel('Until (with this day)').fill('2099-03-14')
  await dialog(page).getByText(/It ends with 14 March 2099\. They are asked first/).waitFor()
  expect(await inaccessible(page)).toEqual([])
  await dialog(page).getByRole('button', { name: 'Share', exact: true }).click()
  await dialog(page).getByText(/Read, change and add · until 14 March 2099 · not answered yet/).waitFor()
  await page.keyboard.press('Escape')

  // Offered, it is not among the folders yet; a notice leads to the answer.
  await cleo.page.getByRole('link', { name: /Anna.* offers you “Projects”/ }).click()
  expect(await cleo.page.getByText('Garden').count()).toBe(0)
  expect(await inaccessible(cleo.page)).toEqual([])
  await cleo.page.getByRole('button', { name: 'Accept “Projects”' }).click()
  await cleo.page.getByText('“Projects” is among your folders now').waitFor()
  await cleo.page.getByRole('link', { name: 'Open' }).click()
  await cleo.page.getByRole('heading', { name: 'Projects' }).waitFor()
  await folder(cleo.page, 'anna@example.test', 'Garden').waitFor()
  expect(await folder(cleo.page, 'anna@example.test', 'Inbox').count()).toBe(0)

  // Changed, then taken back, by who shares it.
  await page.getByRole('button', { name: /mailboxes and settings$/ }).click()
  await page.getByRole('menuitem', { name: 'Settings' }).click()
  await page.getByRole('link', { name: 'Sharing' }).click()
  const mine = page.getByRole('region', { name: 'Projects' })
  await mine.getByText(/· accepted$/).waitFor()
  await mine.getByRole('button', { name: /^Change for Cleo/ }).click()
  await chooseRole(page, mine, /^Read$/)
  await mine.getByLabel('Until (with this day)').fill('')
  await mine.getByText(/It stays until you take it back/).waitFor()
  expect(await inaccessible(page)).toEqual([])
  await mine.getByRole('button', { name: 'Save' }).click()
  await mine.getByText(/^Read · accepted$/).waitFor()
  await mine.getByRole('button', { name: /^Stop sharing with Cleo/ }).click()
  await page.getByText(/is no longer shared with Cleo/).waitFor()
  await until(() => section(cleo.page, 'anna@example.test').count()).toBe(0)
  await cleo.page.getByText('This folder is not there, or no longer shared with you').waitFor()
  await closed(anna)
  await closed(cleo)
})

test('by keyboard, to a group; who declines puts it away, and can have it back', async () => {
  const anna = await opened('anna')
  const { page } = anna
  await folder(page, 'anna@example.test', 'Minutes').focus()
  await page.keyboard.press('ContextMenu')
  await focused(page.getByRole('menuitem', { name: 'Share…' }))
  await page.keyboard.press('Enter')
  await focused(dialog(page).getByRole('combobox', { name: 'Person or group' }))
  await typePerson(page, 'info-te', () => page.keyboard.type('info-te'))
  await page.getByRole('option', { name: /info-team/ }).waitFor()
  await page.keyboard.press('ArrowDown')
  await until(() => dialog(page).getByRole('combobox', { name: 'Person or group' }).getAttribute('aria-activedescendant')).not.toBeNull()
  await page.keyboard.press('Enter')
  await dialog(page).getByRole('status').getByText(/^Everybody in .* will be able to read messages\./).waitFor()
  await page.keyboard.press('Enter')
  await dialog(page).getByText(/Read · nobody of \d has accepted yet/).waitFor()
  await page.keyboard.press('Escape')
  await until(() => page.evaluate(() => document.activeElement?.textContent ?? '')).toContain('Minutes')
  await closed(anna)

  const ben = await opened('ben')
  await ben.page.getByRole('link', { name: /offers you “Minutes”/ }).click()
  await ben.page.getByText(/by info-team@example\.test/).first().waitFor()
  await ben.page.getByRole('button', { name: 'Decline “Minutes”' }).click()
  await ben.page.getByRole('button', { name: 'Show again “Minutes”' }).click()
  await ben.page.getByRole('button', { name: 'Put away “Minutes”' }).waitFor()
  await ben.page.getByRole('link', { name: 'Back to mail' }).click()
  await folder(ben.page, 'anna@example.test', 'Minutes').waitFor()
  await closed(ben)
})

test('what the server refuses is told in its words; who may not share is not offered it', async () => {
  const anna = await opened('anna')
  const { page } = anna
  await page.getByRole('button', { name: 'anna@example.test: menu' }).click()
  await page.getByRole('menuitem', { name: 'Share…' }).click()
  await dialog(page).getByRole('heading', { name: 'Share the mailbox anna@example.test' }).waitFor()
  await dialog(page).getByText('This is the whole mailbox').waitFor()
  await dialog(page).getByRole('button', { name: 'Share', exact: true }).click()
  await dialog(page).getByText('Say with whom').waitFor()
  await dialog(page).getByRole('combobox', { name: 'Person or group' }).fill('nobody@example.test')
  await page.keyboard.press('Tab')
  await dialog(page).getByRole('button', { name: 'Share', exact: true }).click()
  await dialog(page).getByText('No such account: nobody@example.test').waitFor()
  await dialog(page).getByRole('combobox', { name: 'Person or group' }).fill('anna@example.test')
  await page.keyboard.press('Tab')
  await dialog(page).getByRole('button', { name: 'Share', exact: true }).click()
  await dialog(page).getByText('anna@example.test is the owner and has all rights', { exact: false }).waitFor()
  expect(await inaccessible(page)).toEqual([])
  await dialog(page).getByRole('button', { name: 'Close' }).last().click()
  await folder(page, 'info@example.test', 'Inbox').click({ button: 'right' })
  expect(await page.getByRole('menuitem', { name: 'Share…' }).getAttribute('aria-disabled')).toBe('true')
  await page.keyboard.press('Escape')
  await closed(anna)
})
