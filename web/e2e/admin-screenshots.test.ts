import { mkdirSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Demo, type Look, openTab, signIn, startBrowser } from './demo.ts'
import { compose, deliver, submit } from './deliver.ts'

const wanted = process.env['POSTROOM_SCREENSHOTS']
/** Elsewhere every picture is made; among the documents those that say the most. */
const elsewhere = process.env['POSTROOM_SCREENSHOTS_DIR']
const folder = elsewhere ?? new URL('../../docs/screenshots', import.meta.url).pathname

let demo: Demo
let browser: Browser

beforeAll(async () => {
  if (!wanted) return
  mkdirSync(folder, { recursive: true })
  ;[demo, browser] = await Promise.all([Demo.start(['--smarthost', '127.0.0.1:1']), startBrowser()])
  await demo.run(['share', 'info@example.test', '--with', 'cleo@example.test', '--preset', 'read', '--until', new Date(Date.now() + 30 * 86_400_000).toISOString(), '--quiet'])
  await demo.run(['account', 'create', 'desk@example.test', '--kind', 'shared', '--name', 'Front desk'])
  await demo.run(['account', 'create', 'room@example.test', '--kind', 'resource', '--name', 'Meeting room'])
  await deliver(demo, 'info@example.test', compose({ subject: 'Plan of the first floor' }))
  // What goes outside waits for the smarthost.
  await submit(demo, demo.account('anna'), ['cleo@elsewhere.test', 'ben@elsewhere.test'], compose({ subject: 'Plan', from: 'anna@example.test' }))
})
afterAll(async () => {
  await browser?.close()
  await demo?.stop()
})

const kept: Record<string, readonly string[]> = {
  light: [
    'accounts', 'new-mailbox', 'account', 'delegates', 'edit-delegate', 'who', 'revoke', 'groups', 'group', 'group-delete', 'group-add', 'domain', 'explain', 'denied', 'audit', 'record', 'queue',
  ],
  dark: ['accounts', 'delegates', 'group', 'group-delete', 'domain', 'audit'],
  phone: ['pages', 'accounts', 'delegates', 'groups', 'group', 'group-delete', 'domain', 'explain', 'audit'],
  german: ['accounts', 'new-mailbox', 'account', 'delegates', 'group', 'group-address', 'group-delete', 'domain'],
}

const looks: Record<string, Look> = { light: {}, dark: { dark: true }, phone: { width: 390, height: 844 }, german: { locale: 'de-DE' } }

test.skipIf(!wanted).each(Object.entries(looks))('pictures of the administration, %s', { timeout: 240_000 }, async (name, look) => {
  const tab = await openTab(browser, demo, look)
  const { page } = tab
  const shot = async (what: string) => {
    if (!elsewhere && !kept[name]?.includes(what)) return
    await page.mouse.move(0, 0)
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(done))))')
    await page.screenshot({ path: `${folder}/admin-${what}-${name}.png` })
  }
  const at = async (page_: string, ready: string) => {
    await page.goto(`/#/admin/${page_}`)
    await page.locator(ready).first().waitFor()
  }
  await signIn(tab, demo.account('admin'))
  if (name === 'phone') {
    await at('', '.pages-list')
    await shot('pages')
  }
  await at('accounts', '.table')
  await page.locator('.table-row .tick').nth(2).click()
  await page.locator('.table-row .tick').nth(3).click()
  await page.locator('.admin-chosen').waitFor()
  await shot('accounts')
  await at('accounts/new', '.admin-card')
  await page.locator('.form-grid input').first().fill('info2@example.test')
  await page.locator('.form-grid input').nth(1).fill('Info 2')
  await page.getByRole('combobox').last().fill('info-team@example.test')
  await page.keyboard.press('Escape')
  await page.locator('.doing .button[data-kind=line]').click()
  await page.locator('.outcome').waitFor()
  await shot('new-mailbox')
  await page.locator('.doing').scrollIntoViewIfNeeded()
  await shot('new-mailbox-outcome')
  await at('accounts/info%40example.test', '.facts')
  await shot('account')
  await at('accounts/info%40example.test/delegates', '.table')
  await shot('delegates')
  await page.locator('.acts .button').first().click()
  await page.locator('.dialog').waitFor()
  await shot('edit-delegate')
  await page.keyboard.press('Escape')
  await at('accounts/info%40example.test/who', '.table')
  await shot('who')
  // What a change would do is asked for in each window.
  const outcome = async () => {
    await page.locator('.dialog .doing .button[data-kind=line]').click()
    await page.locator('.dialog :is(.outcome, .admin-note)').waitFor()
  }
  const close = async () => {
    await page.keyboard.press('Escape')
    await page.locator('.dialog').waitFor({ state: 'detached' })
  }
  await at('accounts/info%40example.test/delegates', '.table')
  await page.locator('.acts .button').last().click()
  await outcome()
  await shot('revoke')
  await close()
  await at('groups', '.table')
  await shot('groups')
  await at('groups/info-team%40example.test', '.table')
  await shot('group')
  const acts = page.locator('.admin-bar .admin-bar .button')
  await acts.first().click()
  await page.locator('.dialog input').fill('desk-team@example.test')
  await outcome()
  await shot('group-address')
  await close()
  await acts.last().click()
  await outcome()
  await shot('group-delete')
  await close()
  await page.locator('.admin-bar:has(#admin-members) > .button').click()
  await page.locator('.dialog input').fill('cleo')
  await expect.poll(() => page.getByRole('option').count()).toBe(1)
  await shot('group-add')
  await page.getByRole('option').first().click()
  await outcome()
  await shot('group-add-outcome')
  await close()
  await at('domains/example.test', '.table')
  await page.locator('.admin-bar .button[data-kind=main]').click()
  await page.locator('.published').first().waitFor()
  await shot('domain')
  await at('access/ben%40example.test/info%40example.test', '.explained')
  await shot('explain')
  await at('access/cleo%40example.test/anna%40example.test', '.explained')
  await shot('denied')
  await at('audit', '.table')
  await shot('audit')
  await page.locator('.table-row').nth(3).click()
  await page.locator('.record-facts').waitFor()
  await shot('record')
  await close()
  await page.locator('.audit-filter input[type=date]').first().fill('2098-01-01')
  await page.locator('.blank').waitFor()
  await shot('audit-none')
  await at('queue', '.table, .blank')
  await shot('queue')
  await tab.context.close()
})
