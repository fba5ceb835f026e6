import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { compose, deliver } from './deliver.ts'
import { closed, stage, until } from './demo.ts'

// The main job, as people do it: a team reads and answers mail to one address.

const { demo, opened } = await stage()

const account = (page: Page, address: string) => page.locator(`.folders .account[title="${address}"]`)
const folder = (page: Page, address: string, name: string) =>
  page.locator('.folders section').filter({ has: page.locator(`.account[title="${address}"]`) }).getByRole('link', { name: new RegExp(`^${name}`) }).first()
const row = (page: Page, subject: string) => page.getByRole('row').filter({ hasText: subject }).first()
const rows = (page: Page, subject: string) => page.getByRole('row').filter({ hasText: subject })
const composer = (page: Page) => page.locator('.composer')
const focused = (page: Page) => page.evaluate(() => document.activeElement?.className ?? '')

test('mail reaches the team, anna answers by keyboard alone, ben sees who did what', async () => {
  const [anna, ben] = await Promise.all([opened('anna'), opened('ben')])
  for (const { page } of [anna, ben]) {
    await folder(page, 'info@example.test', 'Inbox').click()
    await page.getByRole('heading', { name: 'Inbox' }).waitFor()
  }
  await deliver(demo, 'info@example.test', compose({ subject: 'Is the ramp free?', to: 'info@example.test', text: 'On Friday, for a van.' }))
  for (const { page } of [anna, ben]) await row(page, 'Is the ramp free?').waitFor()
  const { page } = anna
  // From here on without the mouse.
  await page.keyboard.press('g')
  await page.keyboard.press('l')
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Is the ramp free?' }).waitFor()
  await until(() => row(ben.page, 'Is the ramp free?').getAttribute('data-unread')).toBeNull()
  await page.keyboard.press('r')
  await page.keyboard.type('Yes, from eight.')
  await composer(page).getByText(/^Recipients will see: Information desk <info@example\.test>/).waitFor()
  await until(() => focused(page)).toContain('composer-text')
  // A colleague in Cc, from what is offered.
  for (let i = 0; i < 20 && !(await page.evaluate(() => document.activeElement?.getAttribute('aria-label') === 'Add Cc')); i++) await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('Enter')
  const cc = composer(page).getByRole('combobox', { name: 'Cc', exact: true })
  await until(() => cc.evaluate((field) => field === document.activeElement)).toBe(true)
  // At once, so that it is looked for once. There is another Cleo elsewhere, who comes first when more was written with them.
  await page.keyboard.insertText('cle')
  await page.getByRole('option', { name: /cleo@example\.test/ }).waitFor()
  await until(() => cc.getAttribute('aria-activedescendant')).not.toBeNull()
  for (let i = 0; i < 8 && !(await cc.getAttribute('aria-activedescendant'))?.includes('cleo@example.test'); i++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await composer(page).getByRole('button', { name: /^Remove Cleo$/ }).waitFor()
  await page.keyboard.press('Control+Enter')
  await page.getByText('Message sent').waitFor()
  await until(() => demo.outbox('Re: Is the ramp free?').length).toBe(1)
  const [left] = demo.outbox('Re: Is the ramp free?') as [string]
  expect(left).toMatch(/^From: .*<info@example\.test>/m)
  expect(left).not.toMatch(/^Sender:/m)
  expect(left).not.toContain('anna')
  // Ben, who did nothing, sees the answer and its copy, once.
  await row(ben.page, 'Is the ramp free?').getByLabel('Answered').waitFor()
  await folder(ben.page, 'info@example.test', 'Sent').click()
  await row(ben.page, 'Re: Is the ramp free?').waitFor()
  expect(await rows(ben.page, 'Re: Is the ramp free?').count()).toBe(1)
  expect(await row(ben.page, 'Re: Is the ramp free?').getAttribute('data-unread')).toBeNull()
  await closed(anna, ben)
})

test('whoever may not send as the mailbox is told at the field, with the reason, and nothing leaves', async () => {
  const cleo = await opened('cleo')
  const { page } = cleo
  await page.keyboard.press('c')
  await page.keyboard.type('someone@elsewhere.test,')
  await composer(page).getByRole('combobox', { name: 'From' }).fill('info@example.test')
  await page.keyboard.press('Tab')
  await composer(page).getByRole('alert').filter({ hasText: 'You may not send from info@example.test' }).waitFor()
  expect(await composer(page).getByRole('combobox', { name: 'From' }).getAttribute('aria-invalid')).toBe('true')
  await composer(page).getByLabel('Subject').fill('Not as info')
  await page.keyboard.press('Control+Enter')
  expect(await composer(page).getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true)
  await composer(page).getByRole('button', { name: 'Discard' }).click()
  expect(demo.outbox('Not as info')).toEqual([])
  await closed(cleo)
})

test('undo send: nothing has left, the copy is a draft again', async () => {
  const anna = await opened('anna')
  const { page } = anna
  await folder(page, 'info@example.test', 'Inbox').click()
  await page.getByRole('heading', { name: 'Inbox' }).waitFor()
  await page.keyboard.press('c')
  await page.keyboard.type('someone@elsewhere.test')
  await composer(page).getByLabel('Subject').fill('Sent too early')
  await composer(page).getByText(/^Recipients will see: .*info@example\.test/).waitFor()
  await page.keyboard.press('Control+Enter')
  await page.getByText('Message sent').waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('The message was not sent').waitFor()
  await until(() => composer(page).getByLabel('Subject').inputValue()).toBe('Sent too early')
  await composer(page).getByRole('button', { name: 'Save and close' }).click()
  await folder(page, 'info@example.test', 'Sent').click()
  await page.getByRole('heading', { name: 'Sent' }).waitFor()
  expect(await rows(page, 'Sent too early').count()).toBe(0)
  await folder(page, 'info@example.test', 'Drafts').click()
  await row(page, 'Sent too early').waitFor()
  expect(demo.outbox('Sent too early')).toEqual([])
  await closed(anna)
})

test('leaving the group while the mailbox is open: it is gone at once, and so is its address', async () => {
  await deliver(demo, 'info@example.test', compose({ subject: 'Will you come?', to: 'info@example.test' }))
  const [anna, ben] = await Promise.all([opened('anna'), opened('ben')])
  await folder(ben.page, 'info@example.test', 'Inbox').click()
  await row(ben.page, 'Will you come?').click()
  await ben.page.getByRole('button', { name: 'Reply', exact: true }).click()
  await composer(ben.page).getByText(/^Recipients will see: .*info@example\.test/).waitFor()
  await ben.page.keyboard.type('I will not come to send this.')
  await anna.page.goto('/#/contacts/lists')
  await anna.page.getByRole('main').getByRole('link', { name: /Information team/ }).click()
  await anna.page.getByRole('list', { name: 'Members' }).getByRole('button', { name: 'Remove Ben' }).click()
  await anna.page.getByText('Ben is no longer a member').waitFor()
  await until(() => account(ben.page, 'info@example.test').count()).toBe(0)
  await ben.page.getByText('This folder is not there, or no longer shared with you').waitFor()
  await ben.page.keyboard.press('Control+Enter')
  await composer(ben.page).getByRole('alert').first().waitFor()
  expect(await composer(ben.page).count()).toBe(1)
  expect(await demo.queued()).toEqual([]) // where it would wait for the time to undo
  expect(demo.outbox('Re: Will you come?')).toEqual([])
  await anna.page.getByRole('combobox', { name: 'Add members' }).fill('ben')
  await anna.page.getByRole('option', { name: /ben@example\.test/ }).click()
  await account(ben.page, 'info@example.test').waitFor()
  await closed(anna, ben)
})

test('a blind copy: its recipient gets the message, the copy in Sent says so, the message does not', async () => {
  const anna = await opened('anna')
  const { page } = anna
  await page.keyboard.press('c')
  await page.keyboard.type('someone@elsewhere.test,')
  await composer(page).getByRole('button', { name: 'Add Bcc' }).click()
  await composer(page).getByRole('combobox', { name: 'Bcc', exact: true }).fill('ben@example.test')
  await composer(page).getByLabel('Subject').fill('In confidence')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Message sent').waitFor()
  await until(() => demo.outbox('In confidence').length).toBe(1)
  expect(demo.outbox('In confidence')[0]).not.toMatch(/bcc|ben@example/i)
  await folder(page, 'anna@example.test', 'Sent').click()
  await row(page, 'In confidence').click()
  await page.getByRole('heading', { name: 'In confidence' }).waitFor()
  await page.locator('.message-recipients').click()
  await page.locator('.message-details').filter({ hasText: 'Bcc' }).getByText(/ben@example\.test/).waitFor()
  const ben = await opened('ben')
  await row(ben.page, 'In confidence').waitFor()
  await closed(anna, ben)
})
