import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { Demo, openTab, startBrowser } from './demo.ts'

let demo: Demo
let browser: Browser

beforeAll(async () => {
  ;[demo, browser] = await Promise.all([Demo.start(), startBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await demo?.stop()
})

test('the page to sign in: its policy, both languages, light and dark', async () => {
  for (const look of [{ locale: 'en-GB' }, { locale: 'de-DE', dark: true }, { width: 390, height: 844 }]) {
    const tab = await openTab(browser, demo, look)
    const response = await tab.page.goto('/')
    expect(response?.headers()['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/)
    await tab.page.getByRole('heading', { name: look.locale === 'de-DE' ? 'Anmelden' : 'Sign in' }).waitFor()
    expect(await inaccessible(tab.page)).toEqual([])
    expect(tab.complaints.filter((c) => !c.includes('/auth/session') && !c.includes('401') && !c.includes('404'))).toEqual([])
    expect(tab.strays).toEqual([])
    await tab.context.close()
  }
})
