// Right to left: no language of the client is written so yet; a switch that only tests set turns the page round.
import { mkdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { closed, openTab, painted, signIn, stage } from './demo.ts'
import { tooWide } from './measures.ts'
import { administration, furnish, screens } from './screens.ts'

const { demo, browser } = await stage()
await furnish(demo)

const pictures = process.env['POSTROOM_SCREENSHOTS_DIR']
if (pictures) mkdirSync(pictures, { recursive: true })

const looks = { wide: {}, phone: { width: 390, height: 844 } }

test.each(Object.entries(looks))('every screen turned round, %s', { timeout: 600_000 }, async (size, look) => {
  for (const [who, list] of [['anna', screens], ['admin', administration]] as const) {
    const tab = await openTab(browser, demo, { ...look, locale: 'en-GB' })
    const { page } = tab
    await tab.context.addInitScript(() => localStorage.setItem('postroom.direction', 'rtl'))
    await signIn(tab, demo.account(who))
    expect(await page.evaluate(() => document.documentElement.dir)).toBe('rtl')
    for (const { name, open } of list) {
      await open(page)
      await painted(page)
      expect({ name, wide: await tooWide(page) }).toEqual({ name, wide: [] })
      // Nothing scrolls away at the side where lines begin.
      expect(await page.evaluate(() => document.scrollingElement!.scrollLeft)).toBe(0)
      if (pictures) await page.screenshot({ path: `${pictures}/rtl-${size}-${name}.png` })
      if (name === 'shared') expect(await inaccessible(page)).toEqual([])
      await page.goto('/services')
    }
    await closed(tab)
  }
})

test('what is written in one direction does not turn what is written in the other', async () => {
  const tab = await openTab(browser, demo)
  const { page } = tab
  await signIn(tab, demo.account('anna'))
  await screens.find(({ name }) => name === 'shared')!.open(page)
  const row = page.getByRole('row').filter({ hasText: 'Order 123' }).first()
  // In the list the sender, the subject and the beginning of the text stand for themselves.
  for (const part of ['.row-people', '.row-subject', '.row-preview']) expect(await row.locator(part).evaluate((element) => element.tagName)).toBe('BDI')
  await row.click()
  const text = page.locator('.body-plain').first()
  await text.waitFor()
  expect(await text.evaluate((element) => getComputedStyle(element).direction)).toBe('rtl')
  expect(await page.locator('.message-details, .message-who').first().innerText()).toContain('דורה')
  await closed(tab)
})
