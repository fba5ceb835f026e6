import { mkdirSync, statSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compose, deliver } from './deliver.ts'
import { Demo, type Look, openTab, signIn, startBrowser } from './demo.ts'

const wanted = process.env['POSTROOM_SCREENSHOTS']
const folder = new URL('../../docs/screenshots', import.meta.url).pathname

let demo: Demo
let browser: Browser

beforeAll(async () => {
  if (!wanted) return
  mkdirSync(folder, { recursive: true })
  ;[demo, browser] = await Promise.all([Demo.start(), startBrowser()])
  await deliver(demo, 'info@example.test', compose({
    subject: 'Plan of the first floor', from: 'Cleo Marsh <cleo@elsewhere.test>', to: 'Info <info@example.test>',
    html: '<p>Dear team,</p><p>here is the <b>plan of the first floor</b>. The doors are as we agreed:</p><table border="1" cellpadding="6" style="border-collapse:collapse"><tr><th>Room</th><th>Door</th></tr><tr><td>1.04</td><td>left</td></tr><tr><td>1.05</td><td>right</td></tr></table><p><img src="http://pictures.test/logo.png" width="80" height="30" alt=""></p><p>Kind regards<br>Cleo</p>',
    attachment: { name: 'first floor.pdf', type: 'application/pdf', body: 'x'.repeat(48_000) },
  }))
})
afterAll(async () => {
  await browser?.close()
  await demo?.stop()
})

const looks: Record<string, Look> = { light: {}, dark: { dark: true }, phone: { width: 390, height: 844 }, 'phone-dark': { width: 390, height: 844, dark: true }, german: { locale: 'de-DE' } }

test.skipIf(!wanted).each(Object.entries(looks))('pictures, %s', { timeout: 120_000 }, async (name, look) => {
  const tab = await openTab(browser, demo, look)
  const { page } = tab
  const isPhone = name.startsWith('phone')
  const shot = async (what: string) => {
    await page.mouse.move(0, 0)
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(done))))')
    const path = `${folder}/${what}-${name}.png`
    await page.screenshot({ path })
    expect(statSync(path).size).toBeLessThan(200_000)
  }
  await page.goto('/')
  await page.locator('.sign-in-form').waitFor()
  if (name !== 'german') await shot('sign-in')
  await signIn(tab, demo.account('anna'))
  if (isPhone) {
    await page.locator('.topbar .button').first().click()
    if (name === 'phone') await shot('folders')
  }
  const inbox = page.locator('.folders section').filter({ hasText: 'info@example.test' }).locator('a.folder').first()
  await inbox.click()
  await page.locator('.row-people').first().waitFor()
  if (isPhone) await shot('list')
  await page.locator('.row').filter({ hasText: 'Plan of the first floor' }).first().click()
  await page.locator('.body-frame').contentFrame().getByText('plan of the first floor').waitFor()
  await shot('conversation')
  if (isPhone || name === 'german') return void (await tab.context.close())
  await page.keyboard.press('g')
  await page.keyboard.press('a')
  await page.locator('.row-account').first().waitFor()
  await shot('all-inboxes')
  await page.keyboard.press('/')
  await page.keyboard.type('from:cleo')
  await shot('search')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await page.locator('.shortcut-sheet').waitFor()
  await shot('shortcuts')
  await tab.context.close()
})
