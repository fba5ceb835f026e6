import { createHmac } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { Demo, type Look, openTab, signIn, startBrowser, type Tab } from './demo.ts'
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
  await tab.context.route((url) => url.origin === provider.url, (route) => route.continue())
  return tab
}

const there = (page: Page) => page.getByRole('button', { name: 'Sign in at Example login' })

async function closed(tab: Tab): Promise<void> {
  expect(tab.complaints).toEqual([])
  expect(tab.strays).toEqual([])
  await tab.context.close()
}

function totp(key: string, at = Date.now()): string {
  const bits = [...key].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const sum = createHmac('sha1', Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)))).update(counter).digest()
  return ((sum.readUInt32BE((sum.at(-1) ?? 0) & 15) & 0x7fffffff) % 1_000_000).toString().padStart(6, '0')
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
    await there(page).click()
    await page.getByText(sentence).waitFor()
    await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor()
    expect(page.url()).toBe(`${demo.ready.http_url}/`)
  }
  expect(await inaccessible(page)).toEqual([])
  // Nobody is kept out by that.
  await signIn(tab, demo.account('ben'))
  await closed(tab)
})

test('signing in at a provider leads back to where one was; the address there is not asked again', { timeout: 120_000 }, async () => {
  const tab = await tabOf()
  const { page } = tab
  provider.next = { subject: 'anna', email: 'Anna@example.test' }
  await page.goto('/#/settings/devices')
  await there(page).click()
  await page.locator('.signin-entry').filter({ hasText: 'This browser' }).filter({ hasText: 'with corp' }).waitFor()
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
  const tab = await tabOf()
  const { page } = tab
  const cleo = demo.account('cleo')
  await signIn(tab, cleo)
  await page.goto('/#/settings/sign-in')
  await page.getByRole('button', { name: 'Use an authenticator app' }).click()
  const key = ((await page.locator('.signin-scan code').textContent()) ?? '').replaceAll(' ', '')
  await page.getByLabel('Code from your authenticator').fill(totp(key))
  await page.getByRole('button', { name: 'Turn on' }).click()
  await page.locator('.signin-once code').first().waitFor()
  const codes = await page.locator('.signin-once code').allTextContents()
  await page.getByRole('button', { name: 'I have kept it safe' }).click()

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
  await other.page.getByLabel('Code from your authenticator').fill(codes[0] ?? '')
  await other.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await other.page.locator('.shell').waitFor()
  await closed(other)
  await closed(tab)
})

test('a session that ends while one writes loses nothing, by the password and by the provider', { timeout: 180_000 }, async () => {
  const tab = await tabOf()
  const { page } = tab
  const ben = demo.account('ben')
  const composer = page.locator('.composer')
  const body = composer.getByRole('textbox', { name: 'Message', exact: true })
  const endEverywhere = async () => {
    const other = await tabOf()
    await signIn(other, ben)
    await other.page.goto('/#/settings/devices')
    await other.page.getByRole('button', { name: 'Sign out all others' }).click()
    const began = Date.now()
    await page.getByText('Please sign in again').waitFor()
    expect(Date.now() - began).toBeLessThan(5000)
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
  await page.getByText('Please sign in again').waitFor({ state: 'detached' })
  await body.click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type(', then more')
  expect(await body.innerText()).toContain('The first half, then more')

  await endEverywhere()
  provider.next = { subject: 'ben', email: ben.address }
  await there(page).click()
  await page.locator('.shell').waitFor()
  await composer.waitFor()
  expect(await composer.getByLabel('Subject').inputValue()).toBe('Half written')
  expect(await body.innerText()).toContain('The first half, then more')
  await closed(tab)
})
