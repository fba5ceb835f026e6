import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { Demo, type Look, openTab, signIn, standStill, startBrowser, type Tab, until } from './demo.ts'

let demo: Demo
let browser: Browser

beforeAll(async () => {
  ;[demo, browser] = await Promise.all([Demo.start(), startBrowser()])
  await demo.run(['admin', 'add', 'cleo@example.test', '--ability', 'see-directory,switch-login,see-access'])
  await demo.run(['account', 'create', 'desk@example.test', '--kind', 'shared', '--name', 'Front desk'])
  await demo.run(['account', 'create', 'root@example.test', '--password-stdin'], 'a-long-password-1\n')
  await demo.run(['admin', 'add', 'root@example.test', '--scope', 'server'])
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

const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text }).first()

const places = [
  'accounts', 'accounts/new', 'accounts/info%40example.test', 'accounts/info%40example.test/delegates', 'accounts/info%40example.test/who', 'accounts/ben%40example.test/what', 'groups', 'groups/info-team%40example.test',
  'domains', 'domains/example.test', 'access/ben%40example.test/info%40example.test', 'audit', 'queue',
]

test.each<[string, Look]>([['phone', { width: 390, height: 844 }], ['dark', { dark: true }]])('every page without barriers, %s', { timeout: 180_000 }, async (_, look) => {
  const admin = await opened('admin', look)
  const { page } = admin
  for (const place of places) {
    await page.goto('/#/admin/none')
    await page.getByText('There is no such page').waitFor() // and nothing of the page before
    await page.goto(`/#/admin/${place}`)
    await page.locator('.page-head h2').waitFor()
    await page.locator('.table, .blank, .form-grid, .facts, .explained').first().waitFor()
    await until(() => page.getByText('Loading…').count()).toBe(0)
    expect({ place, faults: await inaccessible(page) }).toEqual({ place, faults: [] })
    expect({ place, wide: await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth') }).toEqual({ place, wide: false })
  }
  await closed(admin)
})

test('lists are ordered and filtered on the server, and have addresses', { timeout: 120_000 }, async () => {
  const admin = await opened('admin')
  const { page } = admin
  const names = () => page.locator('tbody .table-name').allTextContents()
  await page.goto('/#/admin/accounts/shared')
  await row(page, 'desk@example.test').waitFor()
  expect(await names()).toEqual(['desk@example.test', 'info@example.test'])
  await page.getByRole('columnheader', { name: 'Address' }).click()
  await expect.poll(names).toEqual(['info@example.test', 'desk@example.test'])
  await page.getByRole('columnheader', { name: 'Used' }).click()
  await expect.poll(names).toEqual(['desk@example.test', 'info@example.test'])
  await page.getByRole('radio', { name: 'People' }).click()
  await row(page, 'anna@example.test').waitFor()
  expect(page.url()).toContain('#/admin/accounts/person')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('option', { name: 'Off' }).click()
  await page.getByText('Nothing found').waitFor()
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('option', { name: 'Any' }).click()
  await row(page, 'ben@example.test').waitFor()

  // what one types asks once
  const asked: string[] = []
  page.on('request', (r) => r.url().includes('/accounts?') && asked.push(new URL(r.url()).searchParams.get('text') ?? ''))
  const goOn = await standStill(page)
  await page.getByRole('searchbox', { name: 'Find by address or name' }).pressSequentially('anna@example')
  expect(asked).toEqual([])
  await goOn()
  await row(page, 'ben@example.test').waitFor({ state: 'detached' })
  await row(page, 'anna@example.test').waitFor()
  expect(asked).toEqual(['anna@example'])
  await closed(admin)
})

test('several at once; what is refused is told for each', { timeout: 120_000 }, async () => {
  const helper = await opened('cleo')
  const { page } = helper
  await page.goto('/#/admin/accounts')
  await row(page, 'ben@example.test').waitFor()
  // no more than the abilities are good for
  expect(await page.getByRole('link', { name: 'New shared mailbox' }).count()).toBe(0)
  expect(await page.getByRole('navigation', { name: 'Administration' }).getByRole('link').allTextContents()).toEqual(['Back to mail', 'Accounts', 'Groups', 'Domains', 'Who may do what'])
  await page.getByRole('checkbox', { name: 'Choose ben@example.test' }).click({ force: true })
  await page.getByRole('checkbox', { name: 'Choose root@example.test' }).click({ force: true })
  await page.getByRole('button', { name: 'Turn sign-in off' }).click()
  const dialog = page.getByRole('dialog')
  expect(await inaccessible(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Turn off' }).click()
  await dialog.getByText('One was refused:').waitFor()
  expect(await dialog.getByRole('alert').textContent()).toMatch(/root@example\.test .{8,}/)
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await row(page, 'ben@example.test').getByText('Off').waitFor()
  await demo.run(['account', 'login', 'ben@example.test', 'on'])
  // sees who works in it, changes nothing
  await page.goto('/#/admin/accounts/info%40example.test/delegates')
  await row(page, 'info-team@example.test').waitFor()
  expect(await page.getByRole('button', { name: 'Add' }).count()).toBe(0)
  expect(await page.getByRole('button', { name: /^Revoke/ }).count()).toBe(0)
  await page.goto('/#/admin/audit')
  await page.getByText('There is no such page').waitFor()
  await closed(helper)
})

test('two administrators at once: the second is told, and nothing is overwritten', { timeout: 120_000 }, async () => {
  const admin = await opened('admin')
  const { page } = admin
  await page.goto('/#/admin/accounts/info%40example.test')
  await page.getByLabel('Name', { exact: true }).fill('Desk of mine')
  await demo.run(['account', 'set', 'info@example.test', '--name', 'Desk of others'])
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').getByText('info@example.test was changed by somebody else in the meantime: nothing was saved').waitFor()
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Desk of mine')
  await page.getByRole('button', { name: 'Show what is there now' }).click()
  await expect.poll(() => page.getByLabel('Name', { exact: true }).inputValue()).toBe('Desk of others')
  await demo.run(['account', 'set', 'info@example.test', '--name', 'Information desk'])

  await page.goto('/#/admin/accounts/info%40example.test/delegates')
  await page.getByRole('button', { name: 'Change what info-team@example.test may do' }).click()
  const dialog = page.getByRole('dialog')
  await demo.run(['share', 'info@example.test', '--with', 'info-team@example.test', '--preset', 'read', '--quiet'])
  await dialog.getByRole('button', { name: 'Rights' }).click()
  await page.getByRole('option', { name: /^Read, write, delete/ }).click()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.getByRole('alert').getByText(/what info-team@example.test has on info@example.test was changed/).waitFor()
  expect(await demo.run(['grant', 'list', 'info@example.test'])).toMatch(/info-team@example.test +r /)
  await dialog.getByRole('button', { name: 'Show what is there now' }).click()
  await row(page, 'info-team@example.test').getByText('Read', { exact: true }).waitFor()
  // nor is somebody who has something added again
  await page.getByRole('button', { name: 'Add' }).click()
  const who = page.getByRole('combobox', { name: 'Who' })
  await who.fill('info-te') // a whole address closes the list by itself
  await page.getByRole('option', { name: 'info-team@example.test' }).click()
  await until(() => who.inputValue()).toBe('info-team@example.test')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.getByRole('alert').getByText('has something on info@example.test already').waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await demo.run(['share', 'info@example.test', '--with', 'info-team@example.test', '--preset', 'full+send', '--quiet'])
  await closed(admin)
})

test('DNS is asked without holding the page up', { timeout: 120_000 }, async () => {
  const admin = await opened('admin')
  const { page } = admin
  await admin.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.goto('/#/admin/domains/example.test')
  await row(page, 'MX').waitFor()
  await page.getByRole('button', { name: 'Copy all' }).click()
  await page.getByText('Copied').waitFor()
  const zone = String(await page.evaluate('navigator.clipboard.readText()'))
  expect(zone).toBe(await demo.run(['domain', 'records', 'example.test']))
  await page.getByRole('button', { name: 'Check DNS' }).click()
  await page.getByText(/^The public DNS could not be asked: lookups are turned off/).waitFor()
  await row(page, 'MX').getByText('Unknown').waitFor()
  expect(await inaccessible(page)).toEqual([])
  // what is told of records that differ
  await page.route('**/domains/example.test/published', (route) =>
    route.fulfill({ json: [
      { name: 'example.test.', type: 'MX', value: '10 mail.example.test.', state: 'found', published: ['10 mail.example.test.'] },
      { name: 'example.test.', type: 'TXT', value: 'v=spf1 mx -all', state: 'differs', published: ['v=spf1 -all'], reason: 'it does not name mx' },
    ] }),
  )
  await page.getByRole('button', { name: 'Check again' }).click()
  await page.getByText('One of 2 records is not as it should be.').waitFor()
  expect(await row(page, 'spf1').textContent()).toMatch(/Differs.*v=spf1 mx -all.*Published now:.*v=spf1 -all.*it does not name mx/)
  expect(await inaccessible(page)).toEqual([])
  await closed(admin)
})

/** Presses a key until something has the focus. */
async function walk(page: Page, key: string, has: string, most = 60): Promise<void> {
  for (let i = 0; i < most; i++) {
    if (String(await page.evaluate(`(() => { const e = document.activeElement; return e && e !== document.body ? (e.getAttribute('aria-label') ?? '') + '|' + (e.labels?.[0]?.textContent ?? '') + '|' + (e.getAttribute('role') ?? e.tagName) + '|' + (e.matches('[role=dialog], section, table') ? '' : e.textContent) : '' })()`)).includes(has)) return
    await page.keyboard.press(key)
  }
  throw new Error(`the focus never came to ${has}`)
}

test('a shared mailbox, a delegation and the explanation by the keyboard alone', { timeout: 180_000 }, async () => {
  const admin = await opened('admin')
  const { page } = admin
  await page.goto('/#/admin/accounts/new')
  await page.locator('.admin-card').waitFor()
  await walk(page, 'Tab', '|Address|')
  await page.keyboard.type('keys@example.test')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Keys')
  await walk(page, 'Tab', '|combobox|')
  await page.keyboard.type('info-team')
  await page.getByRole('option', { name: 'info-team@example.test' }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await walk(page, 'Tab', '|Create')
  await page.keyboard.press('Enter')
  await row(page, 'info-team@example.test').waitFor()

  await walk(page, 'Tab', 'Change what info-team@example.test may do').catch(async () => {
    // Within a table the arrows go on.
    await walk(page, 'Shift+Tab', 'info-team@example.test')
    await walk(page, 'ArrowRight', 'Change what info-team@example.test may do')
  })
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await walk(page, 'Tab', 'Full (team)')
  await page.keyboard.press('Enter')
  await page.getByRole('option', { name: 'Read and mark as read' }).waitFor()
  await page.keyboard.press('Home')
  await walk(page, 'ArrowDown', 'Read and mark as read')
  await page.keyboard.press('Enter')
  await walk(page, 'Tab', '|Save')
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  await row(page, 'info-team@example.test').getByText('Read and mark as read').waitFor()

  await page.goto('/#/admin/access')
  await page.getByRole('combobox', { name: 'Person' }).waitFor()
  await walk(page, 'Tab', '|Person|')
  await page.keyboard.type('ben@example.test')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Tab')
  await walk(page, 'Tab', '|Mailbox|')
  await page.keyboard.type('keys@example.test')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'Answer' }).getByRole('heading', { name: 'Allowed', exact: true }).waitFor()
  await closed(admin)
})
