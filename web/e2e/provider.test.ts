import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { Demo, gone, type Look, mayGoTo, openTab, painted, signIn, startBrowser, type Tab, until } from './demo.ts'
import { secondFactor } from './factor.ts'
import { Provider, type Treatment } from './provider.ts'

let provider: Provider
let demo: Demo
let browser: Browser

beforeAll(async () => {
  provider = await Provider.start()
  ;[demo, browser] = await Promise.all([Demo.start(['--openid', provider.configuration('email')]), startBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await demo?.stop()
  await provider?.stop()
})

/** A tab that may go to the provider. */
async function tabOf(look: Look = {}): Promise<Tab> {
  const tab = await openTab(browser, demo, look)
  await mayGoTo(tab, provider.url)
  return tab
}

const there = (page: Page) => page.getByRole('button', { name: 'Sign in at Example login' })

async function closed(tab: Tab): Promise<void> {
  expect(tab.complaints).toEqual([])
  expect(tab.strays).toEqual([])
  await tab.context.close()
}

test('what a provider refuses is told in a sentence, and one signs in another way', { timeout: 120_000 }, async () => {
  const tab = await tabOf()
  const { page } = tab
  await provider.silence()
  await page.goto('/')
  await there(page).click()
  await page.getByText('The provider does not answer. Please try again later.').waitFor()
  expect(await inaccessible(page)).toEqual([])
  await provider.answer()

  const failed = 'Signing in there did not work. Please try again.'
  const nobody = 'No account here belongs to the one you have there. Please ask your administrators.'
  const anna = { subject: 'anna', email: 'anna@example.test' }
  const refused: [Treatment, string][] = [
    [{ subject: 'a', error: 'access_denied' }, 'You were not signed in there. You can try again, or sign in another way.'],
    [{ subject: 'a', error: 'temporarily_unavailable' }, 'The provider does not answer. Please try again later.'],
    [{ subject: 'a', error: 'invalid_scope' }, failed],
    [{ ...anna, claims: { nonce: 'of another sign-in' } }, failed],
    [{ ...anna, claims: { aud: 'another program' } }, failed],
    [{ ...anna, claims: { exp: 1_000_000_000 } }, failed],
    [{ subject: 'stranger', email: 'stranger@elsewhere.test' }, nobody],
    [{ subject: 'stranger', email: 'anna@example.test', verified: false }, nobody],
    [{ subject: 'stranger', email: 'info@example.test' }, nobody],
  ]
  for (const [how, sentence] of refused) {
    provider.next = how
    await Promise.all([page.waitForEvent('load'), there(page).click()])
    await page.getByText(sentence).waitFor()
    await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor()
    expect(page.url()).toBe(`${demo.ready.http_url}/`)
  }
  expect(await inaccessible(page)).toEqual([])
  // Nobody is kept out by that.
  await signIn(tab, demo.account('ben'))
  await closed(tab)
})

test('the ways to sign in come together, so that none moves from under the pointer', async () => {
  const tab = await tabOf()
  const { page } = tab
  const late = /\/KeepHere-.*\.js$/
  let come: () => void = () => {}
  const arrival = new Promise<void>((resolve) => (come = resolve))
  await page.route(late, async (route) => {
    await arrival
    await route.continue().catch(gone)
  })
  await Promise.all([page.waitForRequest(late), page.goto('/', { waitUntil: 'commit' })]) // the ways are known then
  await painted(page)
  expect(await there(page).count()).toBe(0)
  come()
  await there(page).waitFor()
  expect(await page.getByRole('checkbox').count()).toBe(1)
  await closed(tab)
})

test('signing in at a provider leads back to where one was; the address there is not asked again', { timeout: 120_000 }, async () => {
  const tab = await tabOf()
  const { page } = tab
  provider.next = { subject: 'anna', email: 'Anna@example.test' }
  await page.goto('/#/settings/devices')
  await there(page).click()
  await page.locator('.signin-entry').filter({ hasText: 'This browser' }).filter({ hasText: '· corp' }).waitFor()
  await page.goto('/#/')
  await page.locator('.shell').waitFor()
  await page.getByRole('button', { name: /mailboxes and settings/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  provider.next = { subject: 'anna', email: 'ben@example.test' }
  await there(page).click()
  await page.locator('.shell').waitFor()
  expect(await page.evaluate('fetch("/auth/session").then((r) => r.json()).then((s) => s.address)')).toBe('anna@example.test')
  await closed(tab)
})

test('the second factor is asked for after the provider, too', { timeout: 120_000 }, async () => {
  const cleo = demo.account('cleo')
  const codes = await secondFactor(demo, cleo)
  const other = await tabOf()
  provider.next = { subject: 'cleo', email: cleo.address }
  await other.page.goto('/')
  await there(other.page).click()
  await other.page.getByLabel('Code from your authenticator').waitFor()
  expect(await inaccessible(other.page)).toEqual([])
  expect(await other.context.cookies().then((all) => all.filter((c) => c.name === 'postroom'))).toEqual([])
  await other.page.getByLabel('Code from your authenticator').fill('000000')
  await other.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await other.page.getByText('The code is wrong or was used already.').waitFor()
  await other.page.getByLabel('Code from your authenticator').fill(codes[0]!)
  await other.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await other.page.locator('.shell').waitFor()
  await closed(other)
})

test('a session that ends while one writes loses nothing, by the password and by the provider', { timeout: 180_000 }, async () => {
  const tab = await tabOf()
  const { page } = tab
  const ben = demo.account('ben')
  const composer = page.locator('.composer')
  const body = composer.getByRole('textbox', { name: 'Message', exact: true })
  const again = page.getByRole('heading', { name: 'Please sign in again' })
  const endEverywhere = async () => {
    const other = await tabOf()
    await signIn(other, ben)
    await other.page.goto('/#/settings/devices')
    await other.page.getByRole('button', { name: 'Sign out all others' }).click()
    await again.waitFor()
    await other.context.close()
  }
  await signIn(tab, ben)
  await page.getByRole('button', { name: 'New message' }).first().click()
  await composer.getByLabel('Subject').fill('Half written')
  await body.click()
  await page.keyboard.type('The first half')
  await endEverywhere()
  expect(await inaccessible(page)).toEqual([])
  await page.getByLabel('Password').fill(ben.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await again.waitFor({ state: 'detached' })
  await body.click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(', then more')
  expect(await body.innerText()).toContain('The first half, then more')

  await endEverywhere()
  provider.next = { subject: 'ben', email: ben.address }
  await there(page).click()
  await page.locator('.shell').waitFor()
  await composer.waitFor()
  await until(() => composer.getByLabel('Subject').inputValue()).toBe('Half written')
  await until(() => body.innerText()).toContain('The first half, then more')
  await closed(tab)
})

test('one links an account there oneself, with the second factor, and takes it away again; the last way in stays', { timeout: 180_000 }, async () => {
  const tab = await tabOf()
  const { page } = tab
  await demo.run(['account', 'provider', 'remove', 'ben@example.test', 'corp']).catch(() => '')
  const told = (text: string) => page.locator('.toast').filter({ hasText: text }).waitFor()
  await signIn(tab, demo.account('ben'))
  await page.goto('/#/settings/sign-in')
  const linking = page.getByRole('button', { name: 'Link my account at Example login' })
  await linking.waitFor()
  expect(await inaccessible(page)).toEqual([])
  provider.next = { subject: 'ben of another name', error: 'access_denied' }
  await linking.click()
  await told('Nothing was linked: you were not signed in there.')
  provider.next = { subject: 'ben of another name', email: 'private@elsewhere.test' }
  await linking.click()
  await told('From now on you can sign in at Example login.')
  await page.locator('.signin-entry').filter({ hasText: 'private@elsewhere.test' }).waitFor()
  await until(() => linking.count()).toBe(0)
  expect(page.url()).toBe(`${demo.ready.http_url}/#/settings/sign-in`)
  expect(await demo.run(['account', 'provider', 'list', 'ben@example.test'])).toContain('ben of another name')
  expect(await demo.run(['audit', 'list', '--action', 'account.provider.add'])).toContain('ben@example.test')

  // Without the password it is the only way in.
  const other = await tabOf()
  await other.page.goto('/#/settings/sign-in')
  await there(other.page).click()
  await other.page.locator('.signin-entry').filter({ hasText: 'Example login' }).waitFor()
  const changed = await other.page.evaluate(`fetch('/auth/session').then((r) => r.json()).then((s) => fetch('/admin/v1/accounts/ben@example.test/password', { method: 'PUT', headers: { 'X-Postroom-CSRF': s.csrf, 'Content-Type': 'application/json' }, body: '{"password":""}' })).then((r) => r.text().then((text) => r.status + text))`)
  expect(changed).toMatch(/^200/)
  await other.page.getByRole('button', { name: 'Remove Example login' }).click()
  expect(await inaccessible(other.page)).toEqual([])
  await other.page.getByRole('button', { name: 'Remove', exact: true }).click()
  await other.page.locator('.toast').filter({ hasText: 'It is all you sign in with' }).waitFor()
  await other.page.locator('.signin-entry').filter({ hasText: 'Example login' }).waitFor()
  await closed(other)
  await tab.context.close()

  await demo.run(['account', 'provider', 'remove', 'cleo@example.test', 'corp']).catch(() => '')
  const codes = await secondFactor(demo, demo.account('cleo'))
  const cleo = await tabOf()
  await cleo.page.goto('/#/settings/sign-in')
  await cleo.page.getByLabel('Address').fill(demo.account('cleo').address)
  await cleo.page.getByLabel('Password').fill(demo.account('cleo').password)
  await cleo.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await cleo.page.getByLabel('Code from your authenticator').fill(codes[0]!)
  await cleo.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  provider.next = { subject: 'cleo again' }
  await cleo.page.getByRole('button', { name: 'Link my account at Example login' }).click()
  await cleo.page.getByLabel(/or a recovery code/).fill('000000')
  await cleo.page.getByRole('button', { name: 'Continue' }).click()
  await cleo.page.getByText('The code is wrong or was used already').waitFor()
  await cleo.page.getByLabel(/or a recovery code/).fill(codes[1]!)
  await cleo.page.getByRole('button', { name: 'Continue' }).click()
  await cleo.page.locator('.signin-entry').filter({ hasText: 'Example login' }).waitFor()
  await closed(cleo)
})
