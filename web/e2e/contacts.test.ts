import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { compose, deliver } from './deliver.ts'
import { closed, painted, stage, standStill, until } from './demo.ts'

const { demo, opened } = await stage()

const mailbox = (page: Page, account: string) => page.locator(`.folders .account[title="${account}"]`)
const main = (page: Page) => page.getByRole('main')
const members = (page: Page) => main(page).getByRole('list', { name: 'Members' })
const section = (page: Page, name: string) => main(page).getByRole('region', { name, exact: true })

/** Goes to a list by clicking, as one who looks for it. */
async function toList(page: Page, name: RegExp): Promise<void> {
  await page.getByRole('button', { name: /: mailboxes and settings$/ }).click()
  await page.getByRole('menuitem', { name: 'Contacts' }).click()
  await page.getByRole('link', { name: 'Lists', exact: true }).click()
  await main(page).getByRole('link', { name }).click()
}

test('addresses are completed: colleagues, lists, and those one has written with', async () => {
  await deliver(demo, 'anna@example.test', compose({ subject: 'Hello', from: 'Dora Field <dora@elsewhere.test>' }))
  await deliver(demo, 'info@example.test', compose({ subject: 'Secret hello', to: 'info@example.test', from: 'Quentin Quiet <quentin@elsewhere.test>' }))
  const tab = await opened('anna')
  const { page } = tab
  await page.keyboard.press('c')
  const to = page.getByRole('combobox', { name: 'To', exact: true })
  await to.waitFor()
  await page.keyboard.type('cle')
  await page.getByRole('option', { name: /cleo@example\.test/ }).waitFor()
  expect(await inaccessible(page)).toEqual([])
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: /^Remove Cleo/ }).waitFor()
  await page.keyboard.type('field')
  await page.getByRole('option', { name: /dora@elsewhere\.test/ }).waitFor()
  await page.keyboard.press('Escape')
  await until(() => page.getByRole('option').count()).toBe(0)
  expect(await to.inputValue()).toBe('field')
  await page.keyboard.press('Backspace')
  await page.getByRole('option', { name: /dora@elsewhere\.test/ }).click()
  await page.getByRole('button', { name: 'Remove Dora Field' }).waitFor()
  await page.keyboard.type('info')
  await page.getByRole('option', { name: /info-team@example\.test/ }).waitFor()
  await page.getByRole('option', { name: /info@example\.test/ }).waitFor()
  // A whole address is taken as it stands.
  await to.fill('info@elsewhere.test')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Remove info@elsewhere.test' }).waitFor()
  const searched = page.waitForResponse((response) => /Email\/query.*quent/.test(response.request().postData() ?? ''))
  await page.keyboard.type('quent')
  await (await searched).finished()
  await painted(page)
  expect(await page.getByRole('option').count()).toBe(0) // nothing is read in others' mail for this
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Backspace')
  await page.getByRole('button', { name: 'Discard' }).click()
  await closed(tab)
})

test('a member who is added sees the shared mailbox at once, and loses it when removed', async () => {
  const [anna, cleo] = await Promise.all([opened('anna'), opened('cleo')])
  await mailbox(cleo.page, 'cleo@example.test').waitFor()
  expect(await mailbox(cleo.page, 'info@example.test').count()).toBe(0)
  const { page } = anna
  await toList(page, /info|team/i)
  await section(page, 'What membership gives').getByText('Send mail as info@example.test.').waitFor()
  await section(page, 'Members').getByRole('combobox', { name: 'Add members' }).fill('cle')
  await page.getByRole('option', { name: /cleo@example\.test/ }).click()
  await members(page).getByText('cleo@example.test').waitFor()
  await mailbox(cleo.page, 'info@example.test').waitFor()
  await cleo.page.locator('.folders section').filter({ hasText: 'info@example.test' }).getByRole('link', { name: /^Inbox/ }).click()
  await cleo.page.getByRole('row').nth(1).waitFor()
  expect(await inaccessible(page)).toEqual([])
  const goOn = await standStill(page) // so that the notice waits for her
  await members(page).getByRole('button', { name: /^Remove Cleo/ }).click()
  await until(() => mailbox(cleo.page, 'info@example.test').count()).toBe(0)
  await cleo.page.getByText('This folder is not there, or no longer shared with you').waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await goOn()
  await mailbox(cleo.page, 'info@example.test').waitFor()
  await members(page).getByRole('button', { name: /^Remove Cleo/ }).click()
  await until(() => mailbox(cleo.page, 'info@example.test').count()).toBe(0)
  await section(page, 'Members').getByRole('combobox', { name: 'Add members' }).fill('nobody@example.test')
  await page.keyboard.press('Enter')
  await section(page, 'Members').getByText('No such account: nobody@example.test').waitFor()
  await closed(anna)
  await closed(cleo)
})

test('joining on request: asked, approved by an owner, left again', async () => {
  const [anna, cleo] = await Promise.all([opened('anna'), opened('cleo')])
  await toList(anna.page, /info|team/i)
  await section(anna.page, 'Joining and leaving').getByRole('button', { name: /Who may join/ }).click()
  await anna.page.getByRole('option', { name: /^After asking/ }).click()
  await anna.page.getByText('Saved').waitFor()
  await section(anna.page, 'Joining and leaving').getByRole('button', { name: /Who may leave/ }).click()
  await anna.page.getByRole('option', { name: /^Everybody/ }).click()
  await section(anna.page, 'Joining and leaving').getByText('Members leave at any time.').waitFor()
  await toList(cleo.page, /info|team/i)
  await cleo.page.getByRole('button', { name: 'Ask to join' }).waitFor()
  expect(await main(cleo.page).getByRole('combobox').count()).toBe(0)
  expect(await section(cleo.page, 'Owners').count()).toBe(0)
  // The list of requests is open when one comes.
  await anna.page.getByRole('link', { name: 'Lists', exact: true }).click()
  await cleo.page.getByRole('button', { name: 'Ask to join' }).click()
  await cleo.page.getByText(/^You asked to join on/).waitFor()
  const requests = section(anna.page, 'Waiting for your answer')
  await requests.getByText('cleo@example.test').waitFor()
  expect(await inaccessible(anna.page)).toEqual([])
  await requests.getByRole('button', { name: /^Approve/ }).click()
  await until(() => requests.count()).toBe(0)
  await cleo.page.getByText('You are a member, and can leave at any time.').waitFor()
  await cleo.page.getByRole('button', { name: 'Leave', exact: true }).click()
  await cleo.page.getByRole('dialog').getByText(/You then lose .*: Information desk/).waitFor()
  // What one did and what came of it are told side by side, whichever comes first.
  const told = Promise.all([cleo.page.getByText('info@example.test is no longer shared with you.').waitFor(), cleo.page.getByText(/^You have left/).waitFor()])
  await cleo.page.getByRole('dialog').getByRole('button', { name: 'Leave', exact: true }).click()
  await told
  await closed(anna)
  await closed(cleo)
})

test('who may write to a list, and who owns it', async () => {
  const tab = await opened('anna')
  const { page } = tab
  await toList(page, /info|team/i)
  const posting = section(page, 'Writing to the list')
  await posting.locator('label').filter({ hasText: 'Only its members' }).click()
  await page.getByText('Only members may now write to the list').waitFor()
  await until(() => demo.run(['send-right', 'list', 'info-team@example.test'])).toMatch(/info-team@example\.test.*sendTo|sendTo.*info-team@example\.test/)
  await posting.locator('label').filter({ hasText: 'Only those named here' }).click()
  await posting.getByRole('combobox').fill('cle')
  await page.getByRole('option', { name: /cleo@example\.test/ }).click()
  await posting.getByText('cleo@example.test').waitFor()
  await posting.locator('label').filter({ hasText: 'Everybody' }).click()
  await page.getByText('Everybody may now write to the list').waitFor()
  expect(await demo.run(['send-right', 'list', 'info-team@example.test'])).not.toContain('sendTo')
  const owners = section(page, 'Owners')
  await owners.getByRole('combobox').fill('ben')
  await page.getByRole('option', { name: /ben@example\.test/ }).click()
  await owners.getByRole('button', { name: /^Remove Ben/ }).waitFor()
  await owners.getByRole('button', { name: /^Remove Anna/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Give up' }).click()
  await until(() => section(page, 'Owners').count()).toBe(0)
  await demo.run(['group', 'owner', 'add', 'info-team@example.test', 'anna@example.test'])
  await closed(tab)
})

for (const look of [{ name: 'light' }, { name: 'dark', dark: true }, { name: 'phone', width: 390, height: 844 }, { name: 'german', locale: 'de-DE' }]) {
  test(`how it looks: ${look.name}`, async () => {
    const tab = await opened('anna', look)
    const { page } = tab
    const shot = async (name: string) => {
      expect(await inaccessible(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
      if (process.env['POSTROOM_SCREENSHOTS']) await page.screenshot({ path: new URL(`../../docs/screenshots/${name}-${look.name}.png`, import.meta.url).pathname })
    }
    await page.goto('/#/contacts/people')
    await main(page).getByText('ben@example.test').waitFor()
    await shot('contacts')
    await page.goto('/#/contacts/lists')
    await main(page).getByText('info-team@example.test').waitFor()
    await shot('contacts-lists')
    await main(page).locator('a.contact-name').first().click()
    await main(page).getByText('ben@example.test').first().waitFor()
    await shot('contacts-list')
    await main(page).getByRole('combobox').first().pressSequentially('e')
    await page.getByRole('option').first().waitFor()
    await shot('contacts-list-add')
    await main(page).getByRole('combobox').first().fill('')
    await main(page).getByRole('heading').last().scrollIntoViewIfNeeded()
    await main(page).evaluate((element) => element.scrollTo(0, element.scrollHeight))
    await shot('contacts-list-settings')
    await closed(tab)
  })
}
