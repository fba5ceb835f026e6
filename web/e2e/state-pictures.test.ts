// What a screen shows when it is empty, on its way or refused, and what opens above it.
import { mkdirSync, statSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { Colleague } from './colleague.ts'
import { compose, deliver } from './deliver.ts'
import { Demo, type Look, openTab, signIn, startBrowser, type Tab } from './demo.ts'
import { tooWide } from './measures.ts'

const wanted = process.env['POSTROOM_SCREENSHOTS']
/** Elsewhere every picture is made; among the documents those that say the most. */
const elsewhere = process.env['POSTROOM_SCREENSHOTS_DIR']
const folder = elsewhere ?? new URL('../../docs/screenshots', import.meta.url).pathname

let demo: Demo
let browser: Browser
let ben: Colleague

beforeAll(async () => {
  if (!wanted) return
  mkdirSync(folder, { recursive: true })
  ;[demo, browser] = await Promise.all([Demo.start(), startBrowser()])
  for (const subject of ['Lamp in the hall', 'Opening hours in December', 'Chairs for the reading room'])
    await deliver(demo, 'info@example.test', compose({ subject, from: 'Cleo Marsh <cleo@elsewhere.test>', to: 'Info <info@example.test>', text: 'Good morning,\n\ncould somebody have a look?\n\nKind regards\nCleo', id: `<${subject.replaceAll(' ', '-')}@elsewhere.test>` }))
  ben = await Colleague.at(demo, demo.account('ben'), 'info@example.test')
  await ben.call('Work/set', { update: { [await ben.thread('Lamp')]: { assignee: 'ben@example.test', status: 'waiting' }, [await ben.thread('Opening')]: { status: 'done', assignee: 'anna@example.test' } } })
  await demo.run(['send-right', 'add', 'ben@example.test', 'anna@example.test', 'sendOnBehalfOf'])
})
afterAll(async () => {
  await browser?.close()
  await demo?.stop()
})

const looks: Record<string, Look> = { light: {}, dark: { dark: true }, phone: { width: 390, height: 844 }, german: { locale: 'de-DE' } }
const kept: Record<string, readonly string[]> = {
  light: ['compact', 'menu', 'empty', 'no-hits', 'failed', 'loading', 'from', 'later', 'undo', 'move', 'refused', 'drop'],
  dark: ['menu', 'from', 'later', 'undo', 'move', 'drop'],
  phone: ['compact', 'menu', 'no-hits', 'from', 'later', 'undo', 'move'],
  german: ['menu', 'no-hits', 'from', 'later', 'undo', 'refused'],
}

const row = (page: Page, subject: string) => page.getByRole('row').filter({ hasText: subject }).first()

test.skipIf(!wanted).each(Object.entries(looks))('pictures of states, %s', { timeout: 300_000 }, async (name, look) => {
  const shot = async ({ page }: Tab, what: string) => {
    if (what !== 'drop') await page.mouse.move(0, 0)
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(done))))')
    if (elsewhere || kept[name]?.includes(what)) {
      const path = `${folder}/state-${what}-${name}.png`
      await page.screenshot({ path })
      expect(statSync(path).size).toBeLessThan(200_000)
    }
    expect({ what, wide: await tooWide(page) }).toEqual({ what, wide: [] })
    expect([what, ...(await inaccessible(page))].join('\n')).toBe(what)
  }
  const tab = await openTab(browser, demo, look)
  const { page } = tab
  const desk = async () => {
    const link = page.locator('.folders section').filter({ hasText: 'info@example.test' }).locator('a.folder').first()
    await page.goto(`/${await link.getAttribute('href')}`)
    await row(page, 'Chairs').waitFor()
  }

  await page.goto('/')
  await page.getByLabel(/^(?:Address|Adresse)$/).fill('anna@example.test')
  await page.getByLabel(/^(?:Password|Passwort)$/).fill('not this one')
  await page.keyboard.press('Enter')
  await page.locator('.sign-in-fault').waitFor()
  await shot(tab, 'refused')
  await signIn(tab, demo.account('anna'))

  await page.evaluate(() => localStorage.setItem('postroom.density', 'compact'))
  await page.reload()
  await page.locator('.shell').waitFor()
  await desk()
  await shot(tab, 'compact')
  await page.evaluate(() => localStorage.removeItem('postroom.density'))
  await page.reload()
  await page.locator('.shell').waitFor()
  await desk()
  await page.locator('.avatar-button').click()
  await page.getByRole('menu').waitFor()
  await shot(tab, 'menu')
  await page.keyboard.press('Escape')

  const own = page.locator('.folders section').filter({ hasText: 'anna@example.test' }).locator('a.folder').nth(3)
  await page.goto(`/${await own.getAttribute('href')}`)
  await page.locator('.list-pane .blank').waitFor()
  await shot(tab, 'empty')
  await desk()
  await page.locator('[data-search-input]').fill('umbrella stand')
  await page.keyboard.press('Enter')
  await page.locator('.list-pane .blank').waitFor()
  await shot(tab, 'no-hits')
  await desk()

  if (name !== 'phone') {
    const drafts = page.locator('.folders section').filter({ hasText: 'anna@example.test' }).locator('a.folder').nth(3)
    await row(page, 'Chairs').hover()
    await page.mouse.down()
    await drafts.hover()
    await drafts.hover()
    await page.locator('.folder[data-over]').waitFor()
    await shot(tab, 'drop')
    await page.locator('.brand').hover() // which takes nothing
    await page.locator('.folder[data-over]').waitFor({ state: 'detached' })
    await page.mouse.up()
  }

  await row(page, 'Chairs').click()
  await page.locator('.conversation .answer').waitFor()
  await page.keyboard.press('v')
  await page.getByRole('dialog').waitFor()
  await shot(tab, 'move')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('r')
  await page.locator('.composer-foot').waitFor()
  await page.locator('.composer-seen').filter({ hasText: 'info@example.test' }).waitFor()
  await page.locator('.composer-combo .button').click()
  await page.getByRole('listbox').waitFor()
  await shot(tab, 'from')
  await page.getByRole('option').filter({ hasText: 'ben@example.test' }).click()
  await page.locator('.composer-seen').filter({ hasText: 'ben@example.test' }).waitFor()
  await shot(tab, 'behalf')
  await page.locator('.composer-text').click({ position: { x: 8, y: 24 } })
  await page.keyboard.type('Thursday suits us.')
  await page.locator('.composer-foot .button[data-kind=icon]').first().click()
  await page.locator('.later-offers').waitFor()
  await shot(tab, 'later')
  await page.keyboard.press('Escape')
  await page.locator('.later-offers').waitFor({ state: 'detached' })
  await page.locator('.composer-foot .button').first().click()
  await page.locator('.toast').first().waitFor()
  await shot(tab, 'undo')
  await page.locator('.toast .button[data-kind=undo]').first().click()
  await page.locator('.composer-foot').waitFor()
  await page.locator('.composer-foot .button').last().click()
  await page.locator('.composer').waitFor({ state: 'detached' })

  await tab.context.close()

  // The server hangs, then fails; nothing was kept on the device.
  const bare = await openTab(browser, demo, look)
  await bare.page.goto('/')
  await bare.page.getByRole('checkbox').uncheck({ force: true })
  await bare.page.getByLabel(/^(?:Address|Adresse)$/).fill('anna@example.test')
  await bare.page.getByLabel(/^(?:Password|Passwort)$/).fill(demo.account('anna').password)
  await bare.page.keyboard.press('Enter')
  await bare.page.locator('.shell').waitFor()
  let hangs = true
  await bare.page.route('**/jmap/api', (route) => (hangs ? undefined : route.fulfill({ status: 500, body: '' })))
  await bare.page.reload()
  await bare.page.locator('.blank').first().waitFor()
  await shot(bare, 'loading')
  hangs = false
  await bare.page.reload()
  await bare.page.locator('.blank').first().waitFor()
  await shot(bare, 'failed')
  await bare.context.close()
})
