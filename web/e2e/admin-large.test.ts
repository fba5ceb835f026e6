import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closed, Demo, openTab, signIn, startBrowser } from './demo.ts'

let demo: Demo
let browser: Browser
const people = Array.from({ length: 230 }, (_, i) => `member.${String(i).padStart(3, '0')}@example.test`)

beforeAll(async () => {
  ;[demo, browser] = await Promise.all([Demo.start(), startBrowser()])
  await demo.run(['group', 'create', 'everybody@example.test'])
})
afterAll(async () => {
  await browser?.close()
  await demo?.stop()
})

test('a group of hundreds is shown in parts, and searched', { timeout: 120_000 }, async () => {
  const tab = await openTab(browser, demo)
  const { page } = tab
  await signIn(tab, demo.account('admin'))
  await page.evaluate(`(async (people) => {
    const { csrf } = await (await fetch('/auth/session')).json()
    const post = (path, body) => fetch('/admin/v1' + path, { method: 'POST', headers: { 'X-Postroom-CSRF': csrf, 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
    for (const address of people) await post('/accounts', { address })
    await post('/groups/everybody@example.test/members', { addresses: people, quiet: true })
  })(${JSON.stringify(people)})`)
  await page.goto('/#/admin/groups/everybody%40example.test')
  const members = page.getByRole('region', { name: 'Members' })
  await members.getByText('200 of 230 are shown.').waitFor()
  expect(await members.getByRole('row').count()).toBe(201)
  await members.getByRole('button', { name: 'Show more' }).click()
  await expect.poll(() => members.getByRole('row').count()).toBe(231)
  await members.getByRole('searchbox', { name: 'Find a member' }).fill('MEMBER.22')
  await expect.poll(() => members.getByRole('row').count()).toBe(11)
  await page.goto('/#/admin/accounts')
  await expect.poll(() => page.getByRole('row').count()).toBe(51)
  await page.getByRole('button', { name: 'Show more' }).click()
  await expect.poll(() => page.getByRole('row').count()).toBe(101)
  await closed(tab)
})
