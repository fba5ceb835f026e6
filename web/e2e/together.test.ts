import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { Colleague } from './colleague.ts'
import { compose, deliver } from './deliver.ts'
import { openTab, signIn, stage, startBrowser, type Tab, until } from './demo.ts'

const { demo, opened: at } = await stage()

const row = (page: Page, subject: string) => page.getByRole('row').filter({ hasText: subject }).first()
const section = (page: Page, account: string) => page.locator('.folders section').filter({ has: page.getByRole('button', { name: account, exact: false }) })

async function atDesk(name: string): Promise<Tab> {
  const tab = await at(name)
  await section(tab.page, 'info@example.test').locator('a.folder').first().click()
  return tab
}

/** Opens a conversation; what it is answered with by key is there. */
async function open(page: Page, subject: string): Promise<void> {
  await row(page, subject).click()
  await page.getByRole('heading', { level: 2, name: subject }).waitFor()
  await page.getByRole('group', { name: 'Work on this conversation' }).waitFor()
}

/** What the presence of a page that has gone is over in: its lease, which pages renew, has 25 s left at least. */
const soon = { timeout: 20_000 }

const ask = (subject: string, to = 'info@example.test') => deliver(demo, to, compose({ subject, to, text: subject, id: `<${subject.replaceAll(/\W/g, '-')}@elsewhere.test>` }))

test('what was seen of mentions is seen in every browser', async () => {
  await ask('Look here')
  const [desk, home] = (await Promise.all([atDesk('ben'), atDesk('ben')])) as [Tab, Tab]
  await row(desk.page, 'Look here').waitFor()
  const anna = await Colleague.at(demo, demo.account('anna'), 'info@example.test')
  await anna.call('Note/set', { create: { n: { threadId: await anna.thread('Look here'), text: '@ben what do you think?', mentions: ['ben@example.test'] } } })
  for (const { page } of [desk, home]) await page.getByRole('button', { name: 'Mentions in notes: 1 new' }).waitFor()
  await home.page.getByRole('button', { name: 'Mentions in notes: 1 new' }).click()
  await home.page.getByRole('dialog', { name: 'Mentions', exact: true }).getByText('what do you think?').click()
  await home.page.getByRole('article', { name: /Note by Anna/ }).waitFor()
  for (const { page } of [desk, home]) await page.getByRole('button', { name: 'Mentions in notes', exact: true }).waitFor()
  await desk.page.reload()
  await desk.page.getByRole('button', { name: 'Mentions in notes', exact: true }).waitFor()
  expect([...desk.complaints, ...home.complaints]).toEqual([])
  await desk.context.close()
  await home.context.close()
})

test('presence ends with the page, and three people see one another', async () => {
  await demo.run(['share', 'info@example.test', '--with', 'cleo@example.test', '--preset', 'full+send', '--quiet'])
  await ask('All three')
  const [anna, ben, cleo] = (await Promise.all([atDesk('anna'), atDesk('ben'), atDesk('cleo')])) as [Tab, Tab, Tab]
  for (const { page } of [anna, ben, cleo]) await open(page, 'All three')
  for (const { page } of [anna, ben]) {
    await page.keyboard.press('r')
    await page.locator('.composer-text').waitFor()
  }
  await cleo.page.locator('.presence').getByText(/are answering this/).waitFor()
  await cleo.page.keyboard.press('r')
  await cleo.page.locator('.composer .collision').getByText(/are answering this/).waitFor()
  await anna.page.locator('.composer .collision').getByText(/Ben.*Cleo|Cleo.*Ben/).waitFor()

  // One page is closed as people do it; of the other the browser is killed.
  await ben.page.close({ runBeforeUnload: false })
  await anna.page.locator('.composer .collision').getByText(/^Cleo.* is answering/).waitFor(soon)
  const other = await startBrowser()
  const tab = await openTab(other, demo)
  await signIn(tab, demo.account('ben'))
  await section(tab.page, 'info@example.test').locator('a.folder').first().click()
  await open(tab.page, 'All three')
  await anna.page.locator('.presence').getByText(/Ben.*reading this/).waitFor()
  const devtools = await tab.context.newCDPSession(tab.page)
  void devtools.send('Page.crash').catch(() => {})
  await expect.poll(() => anna.page.locator('.presence').getByText(/Ben/).count(), soon).toBe(0)
  await other.close()
  for (const { context } of [anna, ben, cleo]) await context.close()
  await demo.run(['unshare', 'info@example.test', '--with', 'cleo@example.test'])
})

test('filters narrow all inboxes', async () => {
  for (const subject of ['Everywhere one', 'Everywhere two']) await ask(subject)
  await ask('My own', 'anna@example.test')
  const anna = await Colleague.at(demo, demo.account('anna'), 'info@example.test')
  await anna.call('Work/set', { update: { [await anna.thread('Everywhere one')]: { assignee: 'anna@example.test', status: 'waiting' } } })
  const tab = await at('anna')
  const { page } = tab
  await page.getByRole('link', { name: 'All inboxes' }).click()
  for (const subject of ['Everywhere one', 'Everywhere two', 'My own']) await row(page, subject).waitFor()
  const filter = (name: string) => page.getByRole('group', { name: 'Show only' }).getByRole('button', { name, exact: true })
  for (const name of ['Mine', 'Waiting']) {
    await filter(name).click()
    await row(page, 'Everywhere one').waitFor()
    await until(() => row(page, 'Everywhere two').count()).toBe(0)
    await filter(name).click()
    await row(page, 'Everywhere two').waitFor()
  }
  await filter('Unassigned').click()
  await until(() => row(page, 'Everywhere one').count()).toBe(0)
  await row(page, 'Everywhere two').waitFor()
  expect(tab.complaints).toEqual([])
  await tab.context.close()
})

test('a share that is given, answered and taken back is shown in every browser at once', async () => {
  const [one, two, giver] = (await Promise.all([at('cleo'), at('cleo'), at('anna')])) as [Tab, Tab, Tab]
  for (const { page } of [one, two, giver]) await page.goto('/#/settings/sharing')
  await one.page.getByRole('region', { name: 'Offered to me' }).or(one.page.getByRole('main')).first().waitFor()
  const anna = await Colleague.at(demo, demo.account('anna'), 'anna@example.test')
  const { list } = await anna.call<{ list: { id: string; role: string | null }[] }>('Mailbox/get', { ids: null })
  const folder = list.find((m) => m.role === 'sent')!.id
  const given = await anna.call<{ created: Record<string, { id: string }> }>('Grant/set', { create: { g: { mailboxId: folder, grantee: 'cleo@example.test', role: 'viewer', mode: 'offer' } } })
  for (const { page } of [one, two]) await page.getByRole('button', { name: 'Accept “Sent”' }).waitFor()
  await giver.page.getByText(/not answered yet/).waitFor()
  await one.page.getByRole('button', { name: 'Accept “Sent”' }).click()
  await until(() => two.page.getByRole('button', { name: 'Accept “Sent”' }).count()).toBe(0)
  await giver.page.getByText(/· accepted$/).waitFor()
  await two.page.goto('/#/inboxes')
  await section(two.page, 'anna@example.test').getByRole('link', { name: /^Sent/ }).waitFor()
  await anna.call('Grant/set', { destroy: [given.created['g']!.id] })
  await until(() => section(two.page, 'anna@example.test').count()).toBe(0)
  await until(() => giver.page.getByText(/· accepted$/).count()).toBe(0)
  await until(() => one.page.getByText(/Sent/).count()).toBe(0)
  for (const { context } of [one, two, giver]) await context.close()
})
