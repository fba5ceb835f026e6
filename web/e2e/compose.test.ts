import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { compose, deliver, imap } from './deliver.ts'
import { closed, gone, stage, until } from './demo.ts'

const { demo, opened } = await stage()

const section = (page: Page, account: string) => page.locator('section').filter({ has: page.getByRole('button', { name: account, exact: false }) })
const folder = (page: Page, account: string, name: string) => section(page, account).getByRole('link', { name: new RegExp(`^${name}`) }).first()
const row = (page: Page, subject: string) => page.getByRole('row').filter({ hasText: subject }).first()
const composer = (page: Page) => page.locator('.composer')
const text = (page: Page) => composer(page).getByRole('textbox', { name: 'Message', exact: true })

test('answering as the shared mailbox: the recipient sees it alone, colleagues see who answered', async () => {
  await deliver(demo, 'info@example.test', compose({ subject: 'When do you open?', to: 'info@example.test', text: 'On Monday, that is.' }))
  const tab = await opened('anna')
  const { page } = tab
  await folder(page, 'info@example.test', 'Inbox').click()
  await row(page, 'When do you open?').click()
  await page.getByRole('heading', { name: 'When do you open?' }).waitFor()
  await page.getByRole('button', { name: 'Reply', exact: true }).waitFor()
  await page.keyboard.press('r')
  await until(() => text(page).evaluate((area) => area === document.activeElement)).toBe(true)
  await composer(page).getByText(/^Recipients will see: .*info@example\.test/).waitFor()
  await page.keyboard.type('At nine.')
  expect(await text(page).innerText()).toMatch(/^At nine\.[^]*On Monday, that is\./)
  expect(await inaccessible(page)).toEqual([])
  await page.keyboard.press('Control+Enter')
  await page.getByText('Message sent').waitFor()
  await until(() => demo.outbox('Re: When do you open?').length).toBe(1)
  const [left] = demo.outbox('Re: When do you open?') as [string]
  expect(left).toMatch(/^From: .*info@example\.test/m)
  expect(left).not.toMatch(/^Sender:/m)
  expect(left).toMatch(/^> On Monday, that is\./m)
  expect(left).not.toContain('text/html')
  expect(left).toMatch(/^In-Reply-To: <e2e-/m)
  await closed(tab)
  const ben = await opened('ben')
  await folder(ben.page, 'info@example.test', 'Sent').click()
  await row(ben.page, 'Re: When do you open?').waitFor()
  expect(await ben.page.getByRole('row').filter({ hasText: 'Re: When do you open?' }).count()).toBe(1)
  await folder(ben.page, 'info@example.test', 'Inbox').click()
  await row(ben.page, 'When do you open?').getByLabel('Answered').waitFor()
  await closed(ben)
})

test('a click below what is quoted writes below it', async () => {
  await deliver(demo, 'anna@example.test', compose({ subject: 'Is there a stair?', to: 'anna@example.test', text: 'To the cellar, that is.' }))
  const tab = await opened('anna')
  const { page } = tab
  await row(page, 'Is there a stair?').click()
  await page.getByRole('button', { name: 'Reply', exact: true }).click()
  await text(page).getByText('To the cellar, that is.').waitFor()
  const box = (await text(page).boundingBox())!
  await text(page).click({ position: { x: box.width / 2, y: box.height - 20 } })
  await page.keyboard.type('There is.')
  expect(await text(page).locator('blockquote').innerText()).not.toContain('There is.')
  expect(await text(page).locator('> p').last().innerText()).toBe('There is.')
  await closed(tab)
})

test('an answer for a shared mailbox is sent once, also by two clicks', async () => {
  await deliver(demo, 'info@example.test', compose({ subject: 'Is there a cloakroom?', to: 'info@example.test' }))
  const tab = await opened('anna')
  const { page } = tab
  await folder(page, 'info@example.test', 'Inbox').click()
  await row(page, 'Is there a cloakroom?').click()
  await page.getByRole('button', { name: 'Reply', exact: true }).click()
  await text(page).fill('There is.')
  await composer(page).getByRole('button', { name: 'Send', exact: true }).dblclick()
  await page.getByText('Message sent').waitFor()
  await until(() => demo.outbox('Re: Is there a cloakroom?').length).toBeGreaterThan(0)
  await until(() => demo.queued()).toEqual([])
  expect(demo.outbox('Re: Is there a cloakroom?').length).toBe(1)
  await closed(tab)
})

test('what is typed before the composer is there is in the message, and does nothing else', async () => {
  await deliver(demo, 'anna@example.test', compose({ subject: 'Typed early', text: 'Is the hall free?' }))
  const tab = await opened('anna')
  const { page } = tab
  let come: () => void = () => {}
  const there = new Promise<void>((resolve) => (come = resolve))
  await page.route(/\/Composer-.*\.js$/, async (route) => {
    await there
    await route.continue().catch(gone)
  })
  await row(page, 'Typed early').click()
  await page.getByRole('button', { name: 'Reply', exact: true }).waitFor()
  await page.keyboard.press('r')
  // Each of these letters would do something in the list.
  await page.keyboard.type('easx!')
  await page.keyboard.press('Backspace')
  await page.keyboard.type(' yes\nit is')
  expect(await composer(page).count()).toBe(0)
  come()
  await text(page).waitFor()
  await page.keyboard.type(' free')
  expect(await text(page).innerText()).toMatch(/^easx yes\n+it is free\n[^]*Is the hall free\?$/)
  expect(await page.getByRole('heading', { name: 'Typed early', exact: true }).count()).toBe(1)
  await composer(page).getByRole('button', { name: 'Discard' }).click()
  await page.reload()
  await page.getByRole('button', { name: 'Reply', exact: true }).waitFor()
  await page.keyboard.press('c')
  await page.keyboard.type('someone@elsewhere.test')
  await composer(page).getByRole('combobox', { name: 'To', exact: true }).waitFor()
  await page.keyboard.type(',')
  await composer(page).getByRole('button', { name: 'Remove someone@elsewhere.test' }).waitFor()
  await closed(tab)
})

test('an address that may not be used is refused before anything is sent', async () => {
  const tab = await opened('cleo')
  const { page } = tab
  await page.keyboard.press('c')
  await composer(page).getByRole('combobox', { name: 'From' }).fill('info@example.test')
  await page.keyboard.press('Tab')
  await composer(page).getByText(/^You may not send from info@example\.test: ./).waitFor()
  expect(await composer(page).getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true)
  expect(await inaccessible(page)).toEqual([])
  await composer(page).getByRole('button', { name: 'Addresses you may send from' }).click()
  await page.getByRole('option', { name: /cleo@example\.test/ }).click()
  await composer(page).getByText(/^Recipients will see: .*cleo@example\.test/).waitFor()
  await until(() => composer(page).getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(false)
  await composer(page).getByRole('button', { name: 'Send', exact: true }).click()
  await composer(page).getByText('Say who it is for').waitFor()
  await closed(tab)
})

test('undo send: nothing leaves, and the draft is open again', async () => {
  const tab = await opened('anna')
  const { page } = tab
  await page.keyboard.press('c')
  await composer(page).getByRole('combobox', { name: 'To', exact: true }).fill('someone@elsewhere.test')
  await composer(page).getByLabel('Subject').fill('Too early')
  await text(page).fill('Not yet')
  await composer(page).getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('The message was not sent').waitFor()
  expect(await text(page).innerText()).toContain('Not yet')
  await until(() => demo.queued()).toEqual([]) // where it waited for the time to undo
  expect(demo.outbox('Too early')).toEqual([])
  await composer(page).getByRole('button', { name: 'Discard' }).click()
  await page.getByText('Draft discarded').waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await until(() => text(page).innerText()).toContain('Not yet')
  await closed(tab)
})

test('a draft as the shared mailbox is in its Drafts, with its file, and a colleague goes on with it', async () => {
  const tab = await opened('anna')
  const { page } = tab
  await folder(page, 'info@example.test', 'Inbox').click()
  await page.getByRole('heading', { name: 'Inbox' }).waitFor()
  await page.getByRole('button', { name: 'New message' }).first().click()
  await composer(page).getByRole('combobox', { name: 'To', exact: true }).fill('Someone Else <someone@elsewhere.test>,')
  await composer(page).getByLabel('Subject').fill('Opening hours')
  await text(page).click()
  await page.keyboard.press('Control+b')
  await page.keyboard.type('We open at nine.')
  await composer(page).locator('input[type=file]').setInputFiles({ name: 'hours.txt', mimeType: 'text/plain', buffer: Buffer.from('9 to 5') })
  await composer(page).getByText('hours.txt').waitFor()
  await composer(page).getByText(/Draft saved in info@example\.test/).waitFor()
  await page.reload()
  await until(() => text(page).innerText()).toContain('We open at nine.')
  await composer(page).getByText('hours.txt').waitFor()
  await composer(page).getByRole('button', { name: 'Save and close' }).click()
  await until(() => composer(page).count()).toBe(0)
  await closed(tab)
  const ben = await opened('ben')
  await folder(ben.page, 'info@example.test', 'Drafts').click()
  await row(ben.page, 'Opening hours').click()
  await until(() => text(ben.page).innerText()).toContain('We open at nine.')
  await composer(ben.page).getByText('hours.txt').waitFor()
  await composer(ben.page).getByRole('button', { name: 'Send', exact: true }).click()
  await ben.page.getByText('Message sent').waitFor()
  await until(() => demo.outbox('Opening hours').length).toBe(1)
  expect(demo.outbox('Opening hours')[0]).toContain('hours.txt')
  expect(demo.outbox('Opening hours')[0]).toContain('<strong>We open at nine.</strong>')
  await closed(ben)
})

test('send later', async () => {
  const tab = await opened('anna')
  const { page } = tab
  await page.keyboard.press('c')
  await composer(page).getByRole('combobox', { name: 'To', exact: true }).fill('someone@elsewhere.test')
  await composer(page).getByLabel('Subject').fill('For tomorrow')
  await composer(page).getByRole('button', { name: 'Send later' }).click()
  expect(await inaccessible(page)).toEqual([])
  await page.getByRole('button', { name: /^Tomorrow, 8:00/ }).click()
  await page.getByText(/^Will be sent on/).waitFor()
  expect(demo.outbox('For tomorrow')).toEqual([])
  await folder(page, 'anna@example.test', 'Sent').click()
  await row(page, 'For tomorrow').click()
  await page.getByRole('heading', { name: 'For tomorrow' }).waitFor()
  await page.getByRole('button', { name: 'Take back' }).click()
  await until(() => composer(page).getByLabel('Subject').inputValue()).toBe('For tomorrow')
  await closed(tab)
})

test('on behalf of a mailbox: in words, with its signature, from the own Drafts', async () => {
  await demo.run(['account', 'create', 'desk@example.test', '--kind', 'shared', '--name', 'Desk'])
  await demo.run(['share', 'desk@example.test', '--with', 'ben@example.test', '--preset', 'read'])
  await demo.run(['send-right', 'add', 'desk@example.test', 'ben@example.test', 'sendOnBehalfOf'])
  await demo.run(['identity', 'create', 'ben@example.test', 'Desk', '--address', 'desk@example.test', '--display', 'The desk', '--signature', 'Desk, first floor'])
  const tab = await opened('ben')
  const { page } = tab
  await page.keyboard.press('c')
  await text(page).fill('Hello')
  await composer(page).getByRole('combobox', { name: 'From' }).focus()
  await page.keyboard.press('ArrowDown')
  await page.getByRole('option', { name: /The desk/ }).click()
  await composer(page).getByText(/^Recipients will see: Ben.* on behalf of The desk <desk@example\.test>/).waitFor()
  await until(() => text(page).innerText()).toMatch(/^Hello[^]*-- *\n+Desk, first floor/)
  await composer(page).getByText('Draft saved in ben@example.test').waitFor()
  await composer(page).getByRole('combobox', { name: 'To', exact: true }).fill('someone@elsewhere.test')
  await composer(page).getByLabel('Subject').fill('From the desk')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Message sent').waitFor()
  await until(() => demo.outbox('From the desk').length).toBe(1)
  expect(demo.outbox('From the desk')[0]).toMatch(/^From: .*desk@example\.test/m)
  expect(demo.outbox('From the desk')[0]).toMatch(/^Sender: .*ben@example\.test/m)
  await closed(tab)
})

test('nothing runs in a draft that a colleague left', async () => {
  const bad = 'window.pwned=1'
  const html = `<p onclick="${bad}">Before<img src=x onerror="${bad}"><img src="http://away.test/i"></p><script>${bad}</script><svg onload="${bad}"></svg><a href="javascript:${bad}">link</a><iframe srcdoc="<script>${bad}</script>"></iframe><p style="background:url(http://away.test/b)">After</p>`
  const message = compose({ subject: 'Hostile draft', from: 'info@example.test', to: `"<img src=x onerror=${bad}>" <a@elsewhere.test>`, html }).replaceAll('\n', '\r\n')
  await imap(demo, demo.account('ben'), [`APPEND "Shared/info@example.test/Drafts" (\\Draft \\Seen) {${Buffer.byteLength(message)}+}\r\n${message}`])
  const tab = await opened('anna')
  const { page } = tab
  await folder(page, 'info@example.test', 'Drafts').click()
  await row(page, 'Hostile draft').click()
  await until(() => text(page).innerText()).toContain('After')
  expect(await text(page).innerHTML()).not.toMatch(/onerror|<img|<script|javascript:|iframe|style=|onclick/)
  expect(await page.evaluate('window.pwned')).toBeUndefined()
  await closed(tab)
})

for (const look of [{ name: 'light' }, { name: 'dark', dark: true }, { name: 'phone', width: 390, height: 844 }]) {
  test(`how it looks: ${look.name}`, async () => {
    const subject = `Guided tour for ${look.name === 'light' ? 'a' : 'our'} class`
    await deliver(demo, 'info@example.test', compose({ subject, to: 'info@example.test', text: 'Good morning,\n\nis there a guided tour for a class of 24 on Thursday?\n\nKind regards\nCleo Marsh' }))
    const tab = await opened('anna', look)
    const { page } = tab
    if (look.name === 'phone') await page.getByRole('button', { name: 'Folders' }).click()
    await folder(page, 'info@example.test', 'Inbox').click()
    await row(page, subject).click()
    await page.getByRole('button', { name: 'Reply', exact: true }).click()
    await until(() => text(page).innerText()).toContain('guided tour')
    await page.keyboard.type('Good morning Ms Marsh,\n\nyes, at ten. Please come to the desk in the hall.\n')
    await composer(page).locator('input[type=file]').setInputFiles({ name: 'way to the hall.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(48_000) })
    await composer(page).getByText(/Draft saved in/).waitFor()
    expect(await inaccessible(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    if (process.env['POSTROOM_SCREENSHOTS']) await page.screenshot({ path: new URL(`../../docs/screenshots/compose-${look.name}.png`, import.meta.url).pathname })
    await closed(tab)
  })
}
