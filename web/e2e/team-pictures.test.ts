import { mkdirSync, statSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Colleague } from './colleague.ts'
import { compose, deliver } from './deliver.ts'
import { Demo, type Look, openTab, signIn, startBrowser } from './demo.ts'

const wanted = process.env['POSTROOM_SCREENSHOTS']
const folder = new URL('../../docs/screenshots', import.meta.url).pathname

let demo: Demo
let browser: Browser
let ben: Colleague
let thread: string

beforeAll(async () => {
  if (!wanted) return
  mkdirSync(folder, { recursive: true })
  ;[demo, browser] = await Promise.all([Demo.start(), startBrowser()])
  const question = (subject: string, from: string, text: string) => deliver(demo, 'info@example.test', compose({ subject, from, to: 'Info <info@example.test>', text, id: `<${subject.replaceAll(' ', '-')}@elsewhere.test>` }))
  await question('Chairs for the reading room', 'Cleo Marsh <cleo@elsewhere.test>', 'Dear team,\n\nthe twelve chairs can come on Thursday or on Friday morning. Which day suits you?\n\nKind regards\nCleo')
  await question('Opening hours in December', 'Cleo Marsh <cleo@elsewhere.test>', 'Are you open between the years?')
  await question('A key was found', 'Cleo Marsh <cleo@elsewhere.test>', 'It lay at the gate.')
  await question('Lamp in the hall', 'Cleo Marsh <cleo@elsewhere.test>', 'The lamp beside the stairs flickers. Could somebody have a look?')
  ben = await Colleague.at(demo, demo.account('ben'), 'info@example.test')
  thread = await ben.thread('Chairs for the reading room')
  await ben.call('Work/set', { update: {
    [thread]: { assignee: 'anna@example.test' },
    [await ben.thread('Opening hours')]: { assignee: 'ben@example.test', status: 'waiting' },
    [await ben.thread('A key was')]: { status: 'done', assignee: 'anna@example.test' },
  } })
  const person = (await ben.call<{ list: { email: string; name: string }[] }>('Colleague/list', { threadId: thread })).list.find((p) => p.email === 'anna@example.test')!
  await ben.call('Note/set', { create: { a: { threadId: thread, text: 'Friday would be better: on Thursday the hall is let.' }, b: { threadId: thread, text: `@${person.name}, would you ask them whether they carry them up as well?`, mentions: ['anna@example.test'] } } })
})
afterAll(async () => {
  await browser?.close()
  await demo?.stop()
})

const looks: Record<string, Look> = { light: {}, dark: { dark: true }, phone: { width: 390, height: 844 }, german: { locale: 'de-DE' } }

test.skipIf(!wanted).each(Object.entries(looks))('pictures, %s', { timeout: 120_000 }, async (name, look) => {
  const tab = await openTab(browser, demo, look)
  const { page } = tab
  const shot = async (what: string) => {
    await page.mouse.move(0, 0)
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(done))))')
    const path = `${folder}/${what}-${name}.png`
    await page.screenshot({ path })
    expect(statSync(path).size).toBeLessThan(200_000)
  }
  await signIn(tab, demo.account('anna'))
  if (name === 'phone') await page.getByRole('button', { name: 'Folders' }).click()
  await page.locator('.folders section').filter({ hasText: 'info@example.test' }).locator('a.folder').first().click()
  await page.locator('.row-people').first().waitFor()
  await ben.call('Presence/tell', { threadId: thread, activity: 'answering' })
  await page.locator('.row-presence').first().waitFor()
  if (name === 'phone') await shot('team-list')
  await page.locator('.row').filter({ hasText: 'Chairs for the reading room' }).click()
  await page.locator('.note').nth(1).waitFor()
  await page.locator('.presence p').waitFor()
  await shot('team')
  await page.keyboard.press('n')
  await page.keyboard.type('I will. @be')
  await page.locator('.note-offer').first().waitFor()
  await shot('team-note')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Escape')
  await page.keyboard.press('p')
  await page.locator('.menu-item').first().waitFor()
  if (name !== 'german') await shot('team-assign')
  await page.keyboard.press('Escape')
  await page.keyboard.press('r')
  await page.locator('.composer .collision').waitFor()
  await page.locator('.composer-text').waitFor()
  await shot('team-collision')
  await page.keyboard.type('Friday suits us.')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('dialog').waitFor()
  if (name !== 'dark') await shot('team-clash')
  await tab.context.close()
})
