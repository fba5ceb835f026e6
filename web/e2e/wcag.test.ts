// What WCAG 2.2 AA asks beyond what axe finds, on the main screens; docs/accessibility.md tells which criterion is seen to where.
import { expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { closed, type Look, painted, stage } from './demo.ts'
import { cutOff, hiddenFocus, smallTargets, spaceText, tooWide } from './measures.ts'
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

test('targets are large enough, and what has the focus is seen', long, async () => {
  expect(await everywhere({}, async (page) => [...(await smallTargets(page)), ...(await hiddenFocus(page))])).toEqual({})
})

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
  expect(await page.locator('.composer').count()).toBe(0)
  expect(await smallTargets(page)).toEqual([])
  await closed(tab)
})
