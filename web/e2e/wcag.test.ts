// What WCAG 2.2 AA asks beyond what axe finds, on the main screens; docs/accessibility.md tells which criterion is seen to where.
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { compose, deliver } from './deliver.ts'
import { closed, type Look, painted, stage, until } from './demo.ts'
import { cutOff, faintControls, hiddenFocus, smallTargets, spaceText, tooWide } from './measures.ts'
import { administration, furnish, screens } from './screens.ts'

const { demo, opened } = await stage()
await furnish(demo)

const people = { anna: screens, admin: administration } as const

/** What fails on every screen, by its name. */
async function everywhere(look: Look, measure: (page: Awaited<ReturnType<typeof opened>>['page']) => Promise<string[]>): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  for (const [who, list] of Object.entries(people)) {
    const tab = await opened(who, look)
    for (const { name, open } of list) {
      await open(tab.page)
      await painted(tab.page)
      const faults = await measure(tab.page)
      if (faults.length > 0) found[name] = faults
      await tab.page.goto('/services') // so that each begins with a page of its own
    }
    await closed(tab)
  }
  return found
}

const long = { timeout: 600_000 }

test('on a phone: targets, and what axe finds', long, async () => {
  expect(await everywhere({ width: 390, height: 844 }, async (page) => [...(await smallTargets(page)), ...(await inaccessible(page))])).toEqual({})
})

test('at 320 pixels, and with spaced text, everything is there in one column', long, async () => {
  expect(
    await everywhere({ width: 320, height: 640 }, async (page) => {
      const wide = await tooWide(page)
      await spaceText(page)
      await painted(page)
      return [...wide, ...(await tooWide(page)).map((line) => `spaced: ${line}`), ...(await cutOff(page)).map((line) => `spaced: ${line}`)]
    }),
  ).toEqual({})
})

test('at twice the size and with spaced text nothing is cut off', long, async () => {
  expect(
    await everywhere({ width: 720, height: 450 }, async (page) => {
      const wide = await tooWide(page)
      await spaceText(page)
      await painted(page)
      return [...wide, ...(await cutOff(page))]
    }),
  ).toEqual({})
})

/** The size of text that a person may set in the browser, for text alone: 16 is what it is at first. */
async function textSize(page: Page, size: number): Promise<void> {
  const browser = await page.context().newCDPSession(page)
  await browser.send('Page.setFontSizes', { fontSizes: { standard: size } })
  await until(() => page.evaluate('getComputedStyle(document.documentElement).fontSize')).toBe(`${size}px`)
}

test('with text alone twice as large nothing is cut off', long, async () => {
  expect(
    await everywhere({}, async (page) => {
      await textSize(page, 32)
      await painted(page)
      return [...(await tooWide(page)), ...(await cutOff(page))]
    }),
  ).toEqual({})
})

test('rows grow with the text, and the one that has the focus stays in view', async () => {
  for (let i = 0; i < 40; i++) await deliver(demo, 'cleo@example.test', compose({ subject: `Growing ${i}` }))
  const tab = await opened('cleo')
  const { page } = tab
  const active = page.locator('.row[data-active]')
  await page.locator('.row-subject', { hasText: 'Growing 39' }).first().waitFor()
  await page.getByRole('grid').focus()
  await page.keyboard.press('Home')
  for (let i = 0; i < 25; i++) await page.keyboard.press('ArrowDown')
  await until(() => active.getAttribute('aria-rowindex')).toBe('26')
  // With the largest text there is room for one column, whose rows are higher.
  for (const [size, height] of [[32, 152], [20, 80], [16, 64]] as const) {
    await textSize(page, size)
    await until(() =>
      page.evaluate(() => {
        const box = (selector: string) => document.querySelector(selector)?.getBoundingClientRect()
        const [list, row, next] = [box('.list-scroller'), box('.row[data-active]'), box('.row[aria-rowindex="27"]')]
        return list && row && next && { height: row.height, next: Math.round(next.top - row.top), seen: row.top >= list.top - 1 && row.bottom <= list.bottom + 1 }
      }),
    ).toEqual({ height, next: height, seen: true })
  }
  await closed(tab)
})

test('targets are large enough, and what has the focus is seen', long, async () => {
  expect(await everywhere({}, async (page) => [...(await smallTargets(page)), ...(await hiddenFocus(page))])).toEqual({})
})

for (const look of [{ name: 'light' }, { name: 'dark', dark: true }]) {
  test(`controls can be told from what is around them: ${look.name}`, long, async () => {
    expect(
      await everywhere(look, async (page) => {
        const found = await faintControls(page)
        // What a row shows when it is pointed at, also where it is chosen.
        const row = page.locator('.row').first()
        if (!(await row.isVisible()) || (await page.locator('.composer, .dialog, .search-help').count()) > 0) return found
        await row.hover()
        await painted(page)
        found.push(...(await faintControls(page)))
        await row.getByRole('button', { name: /^Select/ }).click()
        await page.getByText('1 selected').waitFor()
        await painted(page)
        return [...found, ...(await faintControls(page))]
      }),
    ).toEqual({})
  })
}

test('letters alone can be turned off; the list can be compact', long, async () => {
  const tab = await opened('anna')
  const { page } = tab
  await page.goto('/#/settings/general')
  await page.getByText('Letters alone do something').click()
  await page.getByText('Compact', { exact: true }).click()
  await page.goto('/#/inboxes')
  await page.locator('.row-subject').first().waitFor()
  expect((await page.locator('.row').first().boundingBox())!.height).toBe(46)
  await page.keyboard.press('?')
  await page.keyboard.press('c')
  await page.getByRole('grid').focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter') // this works still, so that what was pressed before has been heard
  await page.locator('.conversation .answer').first().waitFor()
  expect(await page.getByRole('dialog').count()).toBe(0)
  // Nothing names a key that does nothing.
  expect(await page.locator('[aria-keyshortcuts]').evaluateAll((all) => all.map((e) => e.getAttribute('aria-keyshortcuts')).filter((key) => key!.length === 1))).toEqual([])
  await page.getByRole('button', { name: 'Archive' }).first().focus()
  await until(() => page.getByRole('tooltip').allTextContents()).toEqual(['Archive'])
  await page.keyboard.press('Escape')
  expect(await page.locator('.composer').count()).toBe(0)
  expect(await smallTargets(page)).toEqual([])
  await closed(tab)
})
