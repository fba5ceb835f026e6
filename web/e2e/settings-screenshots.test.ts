import { statSync } from 'node:fs'
import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { imap } from './deliver.ts'
import { Demo, type Look, openTab, signIn, startBrowser } from './demo.ts'

const wanted = process.env['POSTROOM_SCREENSHOTS']
const folder = new URL('../../docs/screenshots', import.meta.url).pathname

let demo: Demo
let browser: Browser

beforeAll(async () => {
  if (!wanted) return
  ;[demo, browser] = await Promise.all([Demo.start(), startBrowser()])
  await imap(demo, demo.account('anna'), ['CREATE Projects', 'CREATE Projects/Garden', 'CREATE Minutes'])
  await imap(demo, demo.account('ben'), ['CREATE Plans', 'CREATE Invoices'])
  await demo.run(['grant', 'add', 'anna@example.test:/Projects', 'cleo@example.test', 'editor', '--until', '2099-03-15'])
  await demo.run(['grant', 'add', 'anna@example.test:/Projects', 'info-team@example.test', 'viewer'])
  await demo.run(['grant', 'add', 'anna@example.test', 'ben@example.test', 'reviewer'])
  await demo.run(['grant', 'add', 'ben@example.test:/Plans', 'anna@example.test', 'author', '--until', '2099-03-15'])
  await demo.run(['grant', 'add', 'ben@example.test:/Invoices', 'anna@example.test', 'viewer'])
  await demo.run(['send-right', 'add', 'anna@example.test', 'ben@example.test', 'sendOnBehalfOf', '--until', '2099-03-15'])
  await demo.run(['identity', 'create', 'anna@example.test', 'Anna', '--address', 'anna@example.test', '--display', 'Anna Marsh', '--signature', 'Anna Marsh\nSecond floor, room 2.04'])
  await demo.run(['out-of-office', 'set', 'anna@example.test', '--from', '2098-07-01', '--until', '2098-07-15', '--text', 'I am on holiday until the middle of July. Ben looks after everything that is urgent.'])
})
afterAll(async () => {
  await browser?.close()
  await demo?.stop()
})

const looks: Record<string, Look> = { light: {}, dark: { dark: true }, phone: { width: 390, height: 844 }, german: { locale: 'de-DE' } }

/** The pictures that are kept of a look; of the light one all. Every page is looked over in every look. */
const kept: Record<string, readonly string[]> = { dark: ['share', 'sharing', 'signatures'], phone: ['share', 'settings', 'sharing', 'out-of-office'], german: ['share', 'sharing', 'delegates'] }

/** The names of things in either language. */
const words = {
  share: /^(?:Share|Freigeben)…$/,
  who: /^(?:Person or group|Person oder Gruppe)$/,
}

test.skipIf(!wanted).each(Object.entries(looks))('pictures of settings, %s', { timeout: 180_000 }, async (name, look) => {
  const tab = await openTab(browser, demo, look)
  const { page } = tab
  const isPhone = name === 'phone'
  const shot = async (what: string) => {
    await page.mouse.move(0, 0)
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(done))))')
    expect(await inaccessible(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    if (kept[name] && !kept[name].includes(what)) return
    const path = `${folder}/${what}-${name}.png`
    await page.screenshot({ path })
    expect(statSync(path).size).toBeLessThan(200_000)
  }
  const to = async (id: string, ready: Locator) => {
    await page.goto(`/#/settings/${id}`)
    await ready.waitFor()
  }
  await signIn(tab, demo.account('anna'))
  if (isPhone) {
    await page.locator('.topbar .button').first().click()
    await page.getByRole('button', { name: 'Projects: menu' }).first().click()
  } else await page.getByRole('link', { name: /^Projects/ }).first().click({ button: 'right' })
  if (name === 'light') await shot('folder-menu')
  await page.getByRole('menuitem', { name: words.share }).click()
  await page.getByRole('dialog').locator('.party').first().waitFor()
  await page.getByRole('combobox', { name: words.who }).pressSequentially('ben')
  await page.getByRole('option', { name: /ben@example\.test/ }).click()
  await page.locator('.share-sentence').getByText(/Ben/).waitFor()
  await shot('share')
  await page.goto('about:blank')
  if (isPhone) {
    await page.goto('/#/settings')
    await page.locator('.pages-list').waitFor()
    await shot('settings')
  }
  await to('general', page.getByRole('radio').first())
  if (!isPhone) await shot('settings')
  await to('sharing', page.locator('.party').first())
  await shot('sharing')
  await to('identities', page.locator('.identity').first())
  await page.locator('.identity .button').first().click()
  await page.getByRole('textbox', { name: /^Signatur/ }).waitFor()
  await shot('signatures')
  await to('absence', page.locator('textarea').first())
  await shot('out-of-office')
  await to('delegates', page.locator('.party').first())
  await shot('delegates')
  await tab.context.close()
})
