import { mkdirSync, statSync } from 'node:fs'
import type { CDPSession } from 'playwright-core'
import { expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { closed, Demo, type Look, openTab, signIn, stage, type Tab } from './demo.ts'
import { totp } from './factor.ts'

const wanted = process.env['POSTROOM_SCREENSHOTS']
const folder = new URL('../../docs/screenshots', import.meta.url).pathname

const { demo, browser } = await stage()
mkdirSync(folder, { recursive: true })

/** A tab at the name of this machine: browsers have no passkeys for an address. */
async function named(look: Look = {}): Promise<Tab> {
  const here = Object.assign(Object.create(demo) as Demo, { ready: { ...demo.ready, http_url: demo.ready.http_url.replace('127.0.0.1', 'localhost') } })
  return openTab(browser, here, look)
}

/** A device of the page that confirms whatever is asked. */
async function device(tab: Tab): Promise<CDPSession> {
  const cdp = await tab.context.newCDPSession(tab.page)
  await cdp.send('WebAuthn.enable')
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  })
  return cdp
}

const told = (tab: Tab, text: string | RegExp) => tab.page.locator('.toast').filter({ hasText: text }).waitFor()

async function shot(tab: Tab, name: string): Promise<void> {
  if (!wanted) return
  await tab.page.mouse.move(0, 0)
  await tab.page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(done))))')
  const path = `${folder}/${name}.png`
  await tab.page.screenshot({ path })
  expect(statSync(path).size).toBeLessThan(200_000)
}

async function open(tab: Tab, page: string): Promise<void> {
  await tab.page.goto(`/#/settings/${page}`)
  await tab.page.locator('.page-head').waitFor()
  await tab.page.locator('.page-section, .signin-list').first().waitFor()
}

test('a passkey: added, used to sign in, renamed, removed', { timeout: 120_000 }, async () => {
  const tab = await named()
  const { page } = tab
  await device(tab)
  await signIn(tab, demo.account('anna'))
  await open(tab, 'sign-in')
  expect(await inaccessible(page)).toEqual([])
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  expect(await inaccessible(page)).toEqual([])
  await page.getByRole('textbox', { name: 'Name' }).fill('my laptop')
  await page.getByRole('button', { name: 'Continue' }).click()
  await told(tab, 'The passkey my laptop is added.')
  await page.locator('.signin-entry').filter({ hasText: 'my laptop' }).waitFor()
  // Once more is refused by the device itself.
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
  await told(tab, 'This device has a passkey for your account already.')
  await page.keyboard.press('Escape')

  await page.locator('.shell').waitFor()
  await page.evaluate(`fetch('/auth/session').then((r) => r.json()).then((s) => fetch('/auth/sign-out', { method: 'POST', headers: { 'X-Postroom-CSRF': s.csrf } }))`)
  await page.goto('/')
  await page.reload()
  await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor()
  expect(await inaccessible(page)).toEqual([])
  await shot(tab, 'sign-in-passkey-light')
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.locator('.shell').waitFor()

  await open(tab, 'devices')
  await page.locator('.signin-entry').filter({ hasText: 'This browser' }).filter({ hasText: '· my laptop' }).waitFor()
  await open(tab, 'sign-in')
  await page.getByRole('button', { name: 'Rename my laptop' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('work laptop')
  await page.getByRole('button', { name: 'Rename', exact: true }).click()
  await told(tab, 'It is now called work laptop.')
  await page.getByRole('button', { name: 'Remove work laptop' }).click()
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  // The session was opened with it, and is over with it.
  await page.getByRole('heading', { name: 'Please sign in again' }).waitFor()
  await closed(tab)
})

test('an authenticator app: its QR code, recovery codes, signing in with a code and with a passkey, turning it off', { timeout: 120_000 }, async () => {
  const tab = await named()
  const { page } = tab
  await device(tab)
  const ben = demo.account('ben')
  await signIn(tab, ben)
  await open(tab, 'sign-in')
  await page.getByRole('button', { name: 'Use an authenticator app' }).click()
  await page.getByRole('img', { name: 'QR code for your authenticator app' }).waitFor()
  expect(await inaccessible(page)).toEqual([])
  const key = ((await page.locator('.signin-scan code').textContent()) ?? '').replaceAll(' ', '')
  await page.getByLabel('Code from your authenticator').fill('000000')
  await page.getByRole('button', { name: 'Turn on' }).click()
  await page.getByText('The code is wrong or was used already').waitFor()
  await page.getByLabel('Code from your authenticator').fill(totp(key))
  await page.getByRole('button', { name: 'Turn on' }).click()
  await page.getByRole('heading', { name: 'Recovery codes' }).waitFor()
  expect(await inaccessible(page)).toEqual([])
  const codes = await page.locator('.signin-once code').allTextContents()
  expect(codes).toHaveLength(10)
  await page.getByRole('button', { name: 'I have kept it safe' }).click()
  await page.getByText('A code from your authenticator app', { exact: true }).waitFor()

  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('phone')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel(/or a recovery code/).fill(codes[0] ?? '')
  await page.getByRole('button', { name: 'Continue' }).click()
  await told(tab, 'The passkey phone is added.')
  await page.getByText('A code from your authenticator app, or a passkey').waitFor()

  // Elsewhere the password alone is not enough.
  const other = await named()
  await other.page.goto('/')
  await other.page.getByLabel('Address').fill(ben.address)
  await other.page.getByLabel('Password').fill(ben.password)
  await other.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await other.page.getByLabel('Code from your authenticator').waitFor()
  expect(await inaccessible(other.page)).toEqual([])
  await other.page.getByLabel('Code from your authenticator').fill('123456')
  await other.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await other.page.getByText('The code is wrong or was used already.').waitFor()
  await other.page.getByLabel('Code from your authenticator').fill(codes[1] ?? '')
  await other.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await other.page.locator('.shell').waitFor()

  // This browser signs that one out, then itself, and comes back with the passkey.
  await open(tab, 'devices')
  await page.getByRole('button', { name: 'Sign out all others' }).click()
  await told(tab, 'All other browsers are signed out.')
  await other.page.getByRole('heading', { name: 'Please sign in again' }).waitFor()
  await closed(other)
  await page.evaluate(`fetch('/auth/session').then((r) => r.json()).then((s) => fetch('/auth/sign-out', { method: 'POST', headers: { 'X-Postroom-CSRF': s.csrf } }))`)
  await page.goto('/')
  await page.reload()
  await page.getByLabel('Address').fill(ben.address)
  await page.getByLabel('Password').fill(ben.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: 'Confirm with a passkey' }).click()
  await page.locator('.shell').waitFor()

  await open(tab, 'sign-in')
  await page.getByRole('button', { name: 'Turn off' }).click()
  await page.getByRole('button', { name: 'Confirm with a passkey' }).click()
  await told(tab, 'The second factor is off.')
  await page.getByRole('button', { name: 'Use passkeys as second factor' }).click()
  await page.getByRole('heading', { name: 'Recovery codes' }).waitFor()
  await page.getByRole('button', { name: 'I have kept it safe' }).click()
  await page.locator('.signin-facts').getByText('A passkey', { exact: true }).waitFor()
  // An administrator helps who has lost it.
  await demo.run(['account', 'second-factor', 'remove', ben.address])
  await demo.run(['account', 'passkey', 'remove', ben.address, 'phone'])
  await closed(tab)
})

test('app passwords are shown once, and taken back; the password is changed', { timeout: 120_000 }, async () => {
  const tab = await named()
  const { page } = tab
  const cleo = demo.account('cleo')
  await signIn(tab, cleo)
  await open(tab, 'app-passwords')
  await page.getByText('There are none yet.').waitFor()
  await page.getByRole('button', { name: 'Make an app password' }).click()
  expect(await inaccessible(page)).toEqual([])
  await page.getByLabel('What it is for').fill('mail on my phone')
  await page.getByText('Read, change and delete mail, but not share').click()
  await page.getByText('Send mail', { exact: true }).click()
  await page.getByRole('button', { name: 'Make', exact: true }).click()
  const secret = (await page.locator('.signin-once code').textContent()) ?? ''
  expect(await inaccessible(page)).toEqual([])
  const basic = (password: string) => fetch(`${demo.ready.http_url}/jmap/session`, { headers: { Authorization: `Basic ${btoa(`${cleo.address}:${password}`)}` } })
  expect((await basic(secret)).status).toBe(200)
  await page.getByRole('button', { name: 'I have kept it safe' }).click()
  const entry = page.locator('.signin-entry').filter({ hasText: 'mail on my phone' })
  await entry.getByText('Read, change and delete mail, but not share · Not send mail').waitFor()
  await page.getByRole('button', { name: 'Remove mail on my phone' }).click()
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await told(tab, 'mail on my phone is removed.')
  expect((await basic(secret)).status).toBe(401)

  await open(tab, 'sign-in')
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByLabel('New password').fill('short')
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.getByText('At least 12 characters, please.').waitFor()
  await page.getByLabel('New password').fill('a long new password')
  await page.getByLabel('The same again').fill('another')
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.getByText('The two are not the same.').waitFor()
  expect(await inaccessible(page)).toEqual([])
  await page.getByLabel('The same again').fill('a long new password')
  await page.getByRole('button', { name: 'Set password' }).click()
  await told(tab, 'The password is changed.')
  expect((await basic('a long new password')).status).toBe(200)
  expect((await basic(cleo.password)).status).toBe(401)
  // This browser goes on.
  await open(tab, 'devices')
  await page.getByText('This browser').waitFor()
  await closed(tab)
})

test('a provider that refused is told of in words of ours', async () => {
  const tab = await named()
  const { page } = tab
  await page.goto('/#/sign-in?refused=notLinked')
  await page.getByText('No account here belongs to the one you have there.').waitFor()
  expect(await inaccessible(page)).toEqual([])
  expect(page.url()).not.toContain('refused')
  await page.goto('about:blank')
  await page.goto('/#/sign-in?refused=Call%20me')
  await page.getByText('Signing in there did not work.').waitFor()
  expect(await page.getByText('Call me').count()).toBe(0)
  await closed(tab)
})

const looks: Record<string, Look> = { light: {}, dark: { dark: true }, phone: { width: 390, height: 844 }, german: { locale: 'de-DE' } }

test.skipIf(!wanted)('pictures', { timeout: 240_000 }, async () => {
  const anna = demo.account('anna')
  for (const name of ['phone', 'tablet']) await demo.run(['account', 'app-password', 'add', anna.address, `mail on my ${name}`])
  for (const [name, look] of Object.entries(looks)) {
    const tab = await named(look)
    await device(tab)
    await signIn(tab, anna)
    await open(tab, 'sign-in')
    await tab.page.getByRole('button', { name: /^(?:Add a passkey|Passkey hinzufügen)$/ }).click()
    await tab.page.getByRole('textbox', { name: 'Name' }).fill(`laptop ${name}`)
    await tab.page.getByRole('button', { name: /^(?:Continue|Weiter)$/ }).click()
    await tab.page.locator('.signin-entry').filter({ hasText: `laptop ${name}` }).waitFor()
    await tab.page.getByRole('button', { name: /^(?:Close|Schließen)$/ }).first().click()
    expect(await inaccessible(tab.page)).toEqual([])
    await shot(tab, `settings-sign-in-${name}`)
    await tab.page.getByRole('button', { name: /^(?:Use an authenticator app|Authenticator-App benutzen)$/ }).click()
    await tab.page.locator('.signin-qr').waitFor()
    await shot(tab, `settings-second-factor-${name}`)
    await tab.page.keyboard.press('Escape')
    await open(tab, 'devices')
    expect(await inaccessible(tab.page)).toEqual([])
    await shot(tab, `settings-devices-${name}`)
    await open(tab, 'app-passwords')
    expect(await inaccessible(tab.page)).toEqual([])
    await shot(tab, `settings-app-passwords-${name}`)
    await tab.page.getByRole('button', { name: /^(?:Make an app password|App-Passwort anlegen)$/ }).click()
    await shot(tab, `settings-app-password-${name}`)
    await closed(tab)
  }
})
