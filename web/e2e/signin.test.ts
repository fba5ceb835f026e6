import { expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { openTab, stage } from './demo.ts'

const { demo, browser } = await stage()

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
