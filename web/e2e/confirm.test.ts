import { statSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { closed, Demo, type Look, mayGoTo, openTab, signIn, stage, type Tab, until } from './demo.ts'
import { secondFactor } from './factor.ts'
import { Provider } from './provider.ts'

const wanted = process.env['POSTROOM_SCREENSHOTS']
const folder = new URL('../../docs/screenshots', import.meta.url).pathname

const provider = await Provider.start()
afterAll(() => provider.stop())
/** A sign-in counts for so long that one gets on after a confirmation on the slowest machine; the end of it is waited for. */
const { demo, browser, opened } = await stage(['--confirm-after', '20s', '--openid', provider.configuration('email')])

/** Waits until the browser has to confirm. */
async function stale({ page }: Tab): Promise<void> {
  await expect.poll(() => page.evaluate('fetch("/auth/session").then((r) => r.json()).then((s) => s.confirmed)'), { timeout: 60_000 }).toBe(false)
}

async function open({ page }: Tab, where: string): Promise<void> {
  await page.goto(`/#/settings/${where}`)
  await page.locator('.page-section, .signin-list').first().waitFor()
}

const told = (tab: Tab, text: string) => tab.page.locator('.toast').filter({ hasText: text }).waitFor()
const asked = (tab: Tab) => tab.page.getByRole('dialog', { name: /^(?:Confirm that it is you|Bestätigen Sie, dass Sie es sind)$/ })

async function shot(tab: Tab, name: string): Promise<void> {
  if (!wanted) return
  await tab.page.mouse.move(0, 0)
  await tab.page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(done))))')
  const path = `${folder}/${name}.png`
  await tab.page.screenshot({ path })
  expect(statSync(path).size).toBeLessThan(200_000)
}

test('a new password is set once it is confirmed who is there, with the keyboard alone', async () => {
  const tab = await opened('anna')
  const { page } = tab
  await open(tab, 'sign-in')
  await stale(tab)
  await page.getByRole('button', { name: 'Change password' }).press('Enter')
  await page.getByLabel('New password').fill('a wholly new password')
  await page.getByLabel('The same again').fill('a wholly new password')
  await page.keyboard.press('Enter')
  await asked(tab).getByText('Confirm as anna@example.test').waitFor()
  await until(() => asked(tab).getByLabel('Password').evaluate((field) => field === document.activeElement)).toBe(true)
  expect(await inaccessible(page)).toEqual([])
  await shot(tab, 'confirm-light')
  await page.keyboard.type('a guess')
  await page.keyboard.press('Enter')
  await asked(tab).getByText('That is not right.').waitFor()
  await asked(tab).getByLabel('Password').fill(demo.account('anna').password)
  await page.keyboard.press('Enter')
  await told(tab, 'The password is changed.')
  await asked(tab).waitFor({ state: 'detached' })
  const other = await openTab(browser, demo)
  await signIn(other, { ...demo.account('anna'), password: 'a wholly new password' })
  await closed(other, tab)
})

test('nothing is done without; what ends something needs no confirmation', async () => {
  const tab = await opened('ben', { width: 390, height: 844, dark: true })
  const { page } = tab
  const other = await opened('ben')
  await open(tab, 'app-passwords')
  await stale(tab)
  await page.getByRole('button', { name: 'Make an app password' }).click()
  await page.getByLabel('What it is for').fill('phone')
  await page.getByRole('button', { name: 'Make', exact: true }).click()
  await asked(tab).waitFor()
  expect(await inaccessible(page)).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  await shot(tab, 'confirm-phone')
  await page.keyboard.press('Escape')
  // What was written is still there.
  await page.getByText('Nothing was changed: it was not confirmed.').waitFor()
  expect(await page.getByLabel('What it is for').inputValue()).toBe('phone')
  await page.keyboard.press('Escape')
  expect(JSON.parse(await demo.run(['account', 'app-password', 'list', 'ben@example.test', '--json']))).toEqual([])
  await open(tab, 'devices')
  await page.getByRole('button', { name: 'Sign out all others' }).click()
  await told(tab, 'All other browsers are signed out.')
  await other.page.getByText('Please sign in again').waitFor()
  await closed(tab)
  await other.context.close()
})

test('with a second factor both are asked for once; in German', async () => {
  const ben = demo.account('ben')
  const codes = await secondFactor(demo, ben)
  const tab = await openTab(browser, demo, { locale: 'de-DE' })
  const { page } = tab
  await page.goto('/')
  await page.getByLabel('Adresse').fill(ben.address)
  await page.getByLabel('Passwort').fill(ben.password)
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click()
  await page.getByLabel('Code aus Ihrer Authenticator-App').fill(codes[0]!)
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click()
  await page.locator('.shell').waitFor()
  await open(tab, 'sign-in')
  await stale(tab)
  await page.getByRole('button', { name: 'Abschalten' }).click()
  await page.getByLabel('Code aus Ihrer Authenticator-App oder ein Ersatzcode').fill(codes[1]!)
  await page.getByRole('dialog').getByRole('button', { name: 'Abschalten' }).click()
  await asked(tab).getByLabel('Passwort').fill(ben.password)
  await page.keyboard.press('Enter')
  // The code that was typed before was not used by the refusal.
  await asked(tab).getByLabel('Code aus Ihrer Authenticator-App oder ein Ersatzcode').fill(codes[1]!)
  expect(await inaccessible(page)).toEqual([])
  await shot(tab, 'confirm-german')
  await page.keyboard.press('Enter')
  await told(tab, 'Der zweite Faktor ist abgeschaltet.')
  await closed(tab)
})

test('a provider confirms in a window of its own, and what was wanted goes on', async () => {
  const tab = await tabOf()
  const { page } = tab
  const cleo = demo.account('cleo')
  provider.next = { subject: 'cleo', email: cleo.address }
  await page.goto('/')
  await page.getByRole('button', { name: 'Sign in at Example login' }).click()
  await page.locator('.shell').waitFor()
  await open(tab, 'app-passwords')
  await stale(tab)
  await page.getByRole('button', { name: 'Make an app password' }).click()
  await page.getByLabel('What it is for').fill('tablet')
  await page.getByRole('button', { name: 'Make', exact: true }).click()
  const there = asked(tab).getByRole('button', { name: 'Confirm at Example login' })
  await Promise.all([page.waitForEvent('popup').then((popup) => popup.isClosed() ? popup : popup.waitForEvent('close')), there.click()])
  await asked(tab).getByText('The provider did not ask who you are.').waitFor()
  provider.next = { subject: 'cleo', email: cleo.address, asks: true }
  await there.click()
  await page.getByRole('dialog', { name: 'App password for tablet' }).waitFor()
  await asked(tab).waitFor({ state: 'detached' })
  await closed(tab)
})

test('a passkey confirms', async () => {
  const here = Object.assign(Object.create(demo) as Demo, { ready: { ...demo.ready, http_url: demo.ready.http_url.replace('127.0.0.1', 'localhost') } })
  const tab = await openTab(browser, here)
  const { page } = tab
  const cdp = await tab.context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  })
  const cleo = demo.account('cleo')
  await signIn(tab, cleo)
  await open(tab, 'sign-in')
  await stale(tab)
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('my laptop')
  await page.getByRole('button', { name: 'Continue' }).click()
  await asked(tab).getByLabel('Password').fill(cleo.password)
  await page.keyboard.press('Enter')
  await told(tab, 'The passkey my laptop is added.')
  await stale(tab)
  await page.getByRole('button', { name: 'Remove my laptop' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await asked(tab).getByRole('button', { name: 'Confirm with a passkey' }).click()
  await told(tab, 'my laptop')
  await page.locator('.signin-entry').filter({ hasText: 'my laptop' }).waitFor({ state: 'detached' })
  await closed(tab)
})

/** A tab that may go to the provider. */
async function tabOf(look: Look = {}): Promise<Tab> {
  const tab = await openTab(browser, demo, look)
  await mayGoTo(tab, provider.url)
  return tab
}
