import { readdirSync, readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { choosePerson, closed, stage, type Tab, until } from './demo.ts'

const { demo, opened } = await stage()

/** From the menu under the avatar to a page. */
async function go(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: /mailboxes and settings$/ }).click()
  await page.getByRole('menuitem', { name: 'Settings' }).click()
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name }).click()
  await page.getByRole('heading', { name, level: 2 }).waitFor()
}

test('general: language, appearance, and the way back', async () => {
  const tab = await opened('anna')
  const { page } = tab
  await page.locator('.folders section').filter({ hasText: 'info@example.test' }).locator('a.folder').first().click()
  await page.locator('.row-people').first().waitFor()
  const mail = page.url()
  await go(page, 'General')
  expect(await inaccessible(page)).toEqual([])
  await page.getByRole('radio', { name: 'Dark' }).check({ force: true })
  await until(() => page.evaluate('document.documentElement.dataset.theme')).toBe('dark')
  await page.getByRole('button', { name: /Language/ }).click()
  await page.getByRole('option', { name: 'Deutsch' }).click()
  await page.getByRole('heading', { name: 'Allgemein' }).waitFor()
  await page.getByRole('checkbox', { name: 'info@example.test' }).uncheck({ force: true })
  await page.getByRole('link', { name: 'Zurück zur E-Mail' }).click()
  await page.locator('.row-people').first().waitFor()
  expect(page.url()).toBe(mail)
  await page.reload()
  await page.getByRole('link', { name: 'Alle Posteingänge' }).click()
  await page.getByRole('heading', { name: 'Alle Posteingänge' }).waitFor()
  await expect.poll(() => page.locator('.row-account', { hasText: 'info@example.test' }).count()).toBe(0)
  await closed(tab)
})

const composer = (page: Page) => page.getByRole('region', { name: 'New message' })
const text = (page: Page) => composer(page).getByRole('textbox', { name: 'Message', exact: true })

/** Changes the signature of an address, as it is typed and formatted. */
async function sign(page: Page, address: string, write: () => Promise<void>): Promise<void> {
  await page.getByRole('region', { name: address }).getByRole('button', { name: /^Change / }).first().click()
  await page.getByRole('textbox', { name: 'Signature' }).click()
  await write()
  expect(await inaccessible(page)).toEqual([])
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText(`Saved for ${address}`).waitFor()
}

test('each address has its signature, which goes with From; answers go where it says', async () => {
  const tab = await opened('anna')
  const { page } = tab
  await go(page, 'Names and signatures')
  await sign(page, 'anna@example.test', () => page.keyboard.type('Anna, second floor'))
  await sign(page, 'info@example.test', async () => {
    await page.keyboard.press('Control+b')
    await page.keyboard.type('Information desk')
    await page.keyboard.press('Control+b')
    await page.keyboard.press('Enter')
    await page.keyboard.type('In the hall')
    await page.getByLabel('Answers to').fill('not an address')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('This is not an address: not an address').waitFor()
    await page.getByLabel('Answers to').fill('answers@example.test')
  })
  await page.getByText('Answers go to answers@example.test').waitFor()
  await page.getByRole('link', { name: 'Back to mail' }).click()
  await page.getByRole('button', { name: 'New message' }).first().click()
  await expect.poll(() => text(page).innerText()).toMatch(/^\s*-- *\n+Anna, second floor\s*$/)
  await text(page).click()
  await page.keyboard.press('Control+Home')
  await page.keyboard.type('Good morning')
  await composer(page).getByRole('button', { name: 'Addresses you may send from' }).click()
  await page.getByRole('option', { name: /info@example\.test/ }).click()
  await expect.poll(() => text(page).innerText()).toMatch(/^Good morning[^]*-- *\n+Information desk\n+In the hall\s*$/)
  expect(await text(page).innerText()).not.toContain('second floor')
  expect(await text(page).locator('strong').innerText()).toBe('Information desk')
  await composer(page).getByRole('combobox', { name: 'To', exact: true }).fill('someone@elsewhere.test')
  await composer(page).getByLabel('Subject').fill('Signed')
  await composer(page).getByText(/Draft saved in info@example\.test/).waitFor()
  await page.keyboard.press('Control+Enter')
  await page.getByText('Message sent').waitFor()
  const left = () => readdirSync(`${demo.ready.dir}/outbox`).map((name) => readFileSync(`${demo.ready.dir}/outbox/${name}`, 'utf8')).find((m) => m.includes('Subject: Signed'))
  await expect.poll(left, { timeout: 30_000 }).toMatch(/^Reply-To: .*answers@example\.test/m)
  expect(left()).toContain('<strong>Information desk</strong>')
  expect(left()).not.toContain('second floor')
  // One that was made is removed again.
  await go(page, 'Names and signatures')
  await page.getByRole('region', { name: 'info@example.test' }).getByRole('button', { name: /^Change / }).first().click()
  await page.getByRole('button', { name: 'Remove this name' }).click()
  await expect.poll(() => page.getByText('In the hall').count()).toBe(0)
  await closed(tab)
})

test('a signature that another program left runs nothing', async () => {
  const tab = await opened('ben')
  const { page } = tab
  const made = await page.evaluate(async () => {
    const { csrf } = (await (await fetch('/auth/session')).json()) as { csrf: string }
    const session = (await (await fetch('/jmap/session')).json()) as { capabilities: Record<string, unknown>; accounts: Record<string, { isPersonal: boolean }> }
    const home = Object.entries(session.accounts).find(([, a]) => a.isPersonal)![0]
    const bad = 'window.pwned=1'
    const html = `<p onclick="${bad}">Ben <b>B.</b><img src=x onerror="${bad}"><a href="javascript:${bad}">site</a></p><script>${bad}</script><iframe src="http://away.test/"></iframe><style>*{background:url(http://away.test/b)}</style>`
    const response = await fetch('/jmap/api', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Postroom-CSRF': csrf }, body: JSON.stringify({ using: Object.keys(session.capabilities), methodCalls: [['Identity/set', { accountId: home, create: { a: { email: 'ben@example.test', name: '<img src=x onerror=window.pwned=1>', htmlSignature: html, textSignature: '<b>Ben</b>' } } }, '0']] }) })
    return JSON.stringify(await response.json())
  })
  expect(made).toContain('"created":{"a"')
  await go(page, 'Names and signatures')
  await page.getByText('<b>Ben</b>').waitFor()
  await page.getByRole('region', { name: 'ben@example.test' }).getByRole('button', { name: /^Change / }).first().click()
  const field = page.getByRole('textbox', { name: 'Signature' })
  await expect.poll(() => field.innerText()).toContain('Ben B.')
  const harmless = /onerror|<img src|<script|javascript:|iframe|style=|onclick/
  expect(await field.innerHTML()).not.toMatch(harmless)
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: 'Back to mail' }).click()
  await page.getByRole('button', { name: 'New message' }).first().click()
  await expect.poll(() => text(page).innerText()).toContain('Ben B.')
  expect(await text(page).innerHTML()).not.toMatch(harmless)
  expect(await page.evaluate('window.pwned')).toBeUndefined()
  await closed(tab)
})

test('out of office is kept, and what is wrong with it is told', async () => {
  const tab = await opened('cleo')
  const { page } = tab
  await go(page, 'Out of office')
  await page.getByRole('checkbox', { name: 'Answer automatically' }).check({ force: true })
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The automatic reply has no text').waitFor()
  await page.getByLabel('First day').fill('2099-07-01')
  await page.getByLabel('Last day').fill('2099-07-14')
  await page.getByLabel('Subject').fill('Away')
  await page.getByLabel('Text', { exact: true }).fill('I am on holiday until the middle of July.')
  await page.getByRole('radio', { name: 'Get another text' }).check({ force: true })
  await page.getByLabel('Text for people outside').fill('We answer in the middle of July.')
  expect(await inaccessible(page)).toEqual([])
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Out of office is on').waitFor()
  const kept = await demo.run(['out-of-office', 'show', 'cleo@example.test'])
  expect(kept).toMatch(/2099-07-15/) // it ends with the 14th
  await page.reload()
  await expect.poll(() => page.getByLabel('Last day').inputValue()).toBe('2099-07-14')
  expect(await page.getByLabel('First day').inputValue()).toBe('2099-07-01')
  expect(await page.getByLabel('Text for people outside').inputValue()).toBe('We answer in the middle of July.')
  await page.getByRole('checkbox', { name: 'Answer automatically' }).uncheck({ force: true })
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Nothing is answered automatically').waitFor()
  await closed(tab)
})

test('a delegate sends on behalf, until that is taken back', async () => {
  const [cleo, ben] = (await Promise.all([opened('cleo'), opened('ben')])) as [Tab, Tab]
  const { page } = cleo
  await go(page, 'Delegates')
  await page.getByText('Nobody but you.').waitFor()
  await choosePerson(page.locator('body'), 'ben', /ben@example\.test/)
  expect(await inaccessible(page)).toEqual([])
  await page.getByRole('button', { name: 'Add a delegate' }).click()
  await page.getByText(/may send for you now/).waitFor()
  await go(ben.page, 'Delegates')
  await ben.page.getByText(/Recipients will see: .*Ben.* on behalf of .*cleo@example\.test/).waitFor()
  await page.getByRole('button', { name: /^Remove / }).click()
  await page.getByText('Nobody but you.').waitFor()
  await go(ben.page, 'General')
  await go(ben.page, 'Delegates')
  await expect.poll(() => ben.page.getByText('cleo@example.test').count()).toBe(0)
  await closed(cleo)
  await closed(ben)
})
