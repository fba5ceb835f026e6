import { statSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { compose, deliver } from './deliver.ts'
import { closed, Demo, type Look, openTab, signIn, startBrowser } from './demo.ts'

const wanted = process.env['POSTROOM_SCREENSHOTS']
const folder = new URL('../../docs/screenshots', import.meta.url).pathname

let demo: Demo
let browser: Browser

beforeAll(async () => {
  if (!wanted) return
  ;[demo, browser] = await Promise.all([Demo.start(), startBrowser()])
  await deliver(demo, 'anna@example.test', compose({ subject: 'Window seat', text: 'By the door it is cold.' }))
})
afterAll(async () => {
  await browser?.close()
  await demo?.stop()
})

const looks: Record<string, Look> = { light: {}, dark: { dark: true }, phone: { width: 390, height: 844 }, german: { locale: 'de-DE' } }

test.skipIf(!wanted).each(Object.entries(looks))('pictures of what is kept on the device, %s', { timeout: 120_000 }, async (name, look) => {
  const tab = await openTab(browser, demo, look)
  const { page, context } = tab
  const shot = async (what: string) => {
    await page.mouse.move(0, 0)
    expect(await inaccessible(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    const path = `${folder}/${what}-${name}.png`
    await page.screenshot({ path })
    expect(statSync(path).size).toBeLessThan(200_000)
  }
  await page.goto('/')
  await page.getByRole('checkbox', { name: /Keep mail|E-Mails auf diesem/ }).waitFor()
  await shot('sign-in-keep')
  await signIn(tab, demo.account('anna'))
  await page.goto('/#/settings/general')
  await page.getByRole('button', { name: /^Forget what|^Auf diesem Gerät alles/ }).scrollIntoViewIfNeeded()
  await shot('on-this-device')
  await page.goto('/#/')
  await page.getByRole('row').first().waitFor()
  await context.setOffline(true)
  await page.locator('.offline p').waitFor()
  await shot('offline')
  await context.setOffline(false)
  await closed(tab)
})
