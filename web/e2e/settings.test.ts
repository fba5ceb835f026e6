import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { Demo, type Look, openTab, signIn, startBrowser, type Tab } from './demo.ts'

let demo: Demo
let browser: Browser

beforeAll(async () => {
  ;[demo, browser] = await Promise.all([Demo.start(), startBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await demo?.stop()
})

async function opened(name: string, look: Look = {}): Promise<Tab> {
  const tab = await openTab(browser, demo, look)
  await signIn(tab, demo.account(name))
  return tab
}

async function closed(tab: Tab): Promise<void> {
  expect(tab.complaints).toEqual([])
  expect(tab.strays).toEqual([])
  await tab.context.close()
}

/** From the menu under the avatar to a page. */
async function go(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: /mailboxes and settings$/ }).click()
  await page.getByRole('menuitem', { name: 'Settings' }).click()
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name }).click()
  await page.getByRole('heading', { name, level: 2 }).waitFor()
}

test('general: language, appearance, and the way back', async () => {
  const tab = await opened('anna')
  const { page } = tab
  await page.locator('.folders section').filter({ hasText: 'info@example.test' }).locator('a.folder').first().click()
  await page.locator('.row-people').first().waitFor()
  const mail = page.url()
  await go(page, 'General')
  expect(await inaccessible(page)).toEqual([])
  await page.getByRole('radio', { name: 'Dark' }).check({ force: true })
  expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark')
  await page.getByRole('button', { name: /Language/ }).click()
  await page.getByRole('option', { name: 'Deutsch' }).click()
  await page.getByRole('heading', { name: 'Allgemein' }).waitFor()
  await page.getByRole('checkbox', { name: 'info@example.test' }).uncheck({ force: true })
  await page.getByRole('link', { name: 'Zurück zur E-Mail' }).click()
  await page.locator('.row-people').first().waitFor()
  expect(page.url()).toBe(mail)
  await page.reload()
  await page.getByRole('link', { name: 'Alle Posteingänge' }).click()
  await page.getByRole('heading', { name: 'Alle Posteingänge' }).waitFor()
  await expect.poll(() => page.locator('.row-account', { hasText: 'info@example.test' }).count()).toBe(0)
  await closed(tab)
})
