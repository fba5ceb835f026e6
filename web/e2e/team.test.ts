import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { Colleague } from './colleague.ts'
import { compose, deliver, imap } from './deliver.ts'
import { closed, gone, openTab, signIn, stage, type Tab, until } from './demo.ts'

const { demo, browser } = await stage()

const row = (page: Page, subject: string) => page.getByRole('row').filter({ hasText: subject }).first()
const section = (page: Page, account: string) => page.locator('.folders section').filter({ has: page.getByRole('button', { name: account, exact: false }) })
const work = (page: Page) => page.getByRole('group', { name: 'Work on this conversation' })
const filter = (page: Page, name: string) => page.getByRole('group', { name: 'Show only' }).getByRole('button', { name, exact: true })

/** The inbox of info@, as somebody sees it. */
async function atDesk(name: string, look = {}): Promise<Tab> {
  const tab = await openTab(browser, demo, look)
  await signIn(tab, demo.account(name))
  await section(tab.page, 'info@example.test').locator('a.folder').first().click()
  await tab.page.locator('.row-people').first().waitFor()
  return tab
}

/** What another program begins with; the message that came last is the last there. */
const inbox = 'SELECT "Shared/info@example.test/INBOX"'

async function ask(subject: string): Promise<void> {
  const id = `<team-${subject.replaceAll(/\W/g, '-')}@elsewhere.test>`
  await deliver(demo, 'info@example.test', compose({ subject, to: 'info@example.test', text: `About: ${subject}`, id }))
}

async function open(page: Page, subject: string): Promise<void> {
  await row(page, subject).click()
  await page.getByRole('heading', { level: 2, name: subject }).waitFor()
  await work(page).waitFor()
}

test('who reads and who answers is seen; a second answer is warned of', async () => {
  await ask('Two of us')
  const [anna, ben] = (await Promise.all([atDesk('anna'), atDesk('ben')])) as [Tab, Tab]
  await open(anna.page, 'Two of us')
  await row(ben.page, 'Two of us').getByRole('img', { name: /is reading this/ }).waitFor()
  await open(ben.page, 'Two of us')
  await ben.page.getByText('Anna Example is reading this').or(ben.page.locator('.presence').getByText(/is reading this/)).first().waitFor()
  await anna.page.keyboard.press('r')
  await anna.page.locator('.composer-text').waitFor()
  await ben.page.locator('.presence').getByText(/is answering this/).waitFor()
  await row(ben.page, 'Two of us').getByRole('img', { name: /is answering this/ }).waitFor()
  expect(await inaccessible(ben.page)).toEqual([])

  // Ben begins all the same: he is told at once, and asked before it leaves.
  await ben.page.keyboard.press('r')
  await ben.page.locator('.composer .collision').getByText(/is answering this/).waitFor()
  await anna.page.locator('.composer .collision').getByText(/is answering this/).waitFor()
  await anna.page.locator('.composer-text').click()
  await anna.page.keyboard.type('Here you are.')
  await ben.page.locator('.composer-text').click()
  await ben.page.keyboard.type('Here you are, too.')
  expect(await inaccessible(ben.page)).toEqual([])
  await ben.page.getByRole('button', { name: 'Send', exact: true }).click()
  await ben.page.getByRole('dialog', { name: 'Somebody else is answering this' }).waitFor()
  expect(await inaccessible(ben.page)).toEqual([])
  await ben.page.getByRole('button', { name: 'Do not send yet' }).click()

  // Anna sends hers, knowing of him.
  await anna.page.getByRole('button', { name: 'Send', exact: true }).click()
  await anna.page.getByRole('button', { name: 'Send anyway' }).click()
  await anna.page.locator('.composer').waitFor({ state: 'detached' })
  await ben.page.locator('.composer .collision').getByText(/already answered this/).waitFor()
  await ben.page.getByRole('button', { name: 'Send', exact: true }).click()
  await ben.page.getByRole('dialog', { name: 'This was just answered' }).waitFor()
  await ben.page.getByRole('button', { name: 'Do not send yet' }).click()
  await ben.page.getByRole('button', { name: 'Discard' }).click()
  await work(ben.page).getByText(/Answered by Anna/).waitFor()
  await closed(anna, ben)
})

test('whose it is and where it stands, live for everybody, with a way back', async () => {
  await ask('Whose is this')
  const [anna, ben] = (await Promise.all([atDesk('anna'), atDesk('ben')])) as [Tab, Tab]
  await open(anna.page, 'Whose is this')
  await work(anna.page).getByRole('button', { name: 'Assign' }).click()
  await anna.page.getByRole('menuitemradio', { name: /Ben/ }).waitFor()
  expect(await inaccessible(anna.page)).toEqual([])
  await anna.page.getByRole('menuitemradio', { name: /Ben/ }).click()
  await row(ben.page, 'Whose is this').getByRole('img', { name: /Assigned to Ben/ }).waitFor()
  await work(anna.page).getByRole('button', { name: 'Assigned to Ben' }).click()
  await anna.page.getByRole('menuitemradio', { name: /Nobody/ }).click()
  await until(() => row(ben.page, 'Whose is this').getByRole('img', { name: /Assigned/ }).count()).toBe(0)

  // The way back is there for some seconds only: it is gone at once, and colleagues are asked what has become of it.
  const colleague = await Colleague.at(demo, demo.account('ben'), 'info@example.test')
  const thread = await colleague.thread('Whose is this')
  await anna.page.keyboard.press('m')
  await work(anna.page).getByRole('button', { name: /^Assigned to Anna/ }).waitFor()
  await anna.page.getByRole('button', { name: 'Undo' }).click()
  await anna.page.getByText('Undone').waitFor()
  await work(anna.page).getByRole('button', { name: 'Assign', exact: true }).waitFor()
  expect(await colleague.call('Work/get', { ids: [thread] })).toMatchObject({ list: [{ assignee: null }] })

  // By keys: taken, waiting, done, and open again when a new message comes.
  await anna.page.keyboard.press('m')
  await row(ben.page, 'Whose is this').getByRole('img', { name: /Assigned to Anna/ }).waitFor()
  await anna.page.keyboard.press('w')
  await row(ben.page, 'Whose is this').getByText('Waiting', { exact: true }).waitFor()
  await anna.page.keyboard.press('d')
  await row(ben.page, 'Whose is this').getByText('Done', { exact: true }).waitFor()
  await work(anna.page).getByRole('button', { name: 'Status: Done' }).waitFor()
  await deliver(demo, 'info@example.test', compose({ subject: 'Re: Whose is this', to: 'info@example.test', inReplyTo: '<team-Whose-is-this@elsewhere.test>' }))
  await work(anna.page).getByRole('button', { name: 'Status: Open' }).waitFor()
  await until(() => row(ben.page, 'Whose is this').getByText('Done', { exact: true }).count()).toBe(0)

  // By the menu of the status, and for several at once.
  await work(anna.page).getByRole('button', { name: 'Status: Open' }).click()
  await anna.page.getByRole('menuitemradio', { name: /Waiting/ }).click()
  await work(anna.page).getByRole('button', { name: 'Status: Waiting' }).waitFor()
  await ask('Whose is that')
  await row(ben.page, 'Whose is that').waitFor()
  for (const subject of ['Whose is this', 'Whose is that']) await row(ben.page, subject).getByRole('button', { name: /^Select/ }).click()
  await ben.page.getByRole('toolbar', { name: 'With what is selected' }).getByRole('button', { name: 'Assign' }).click()
  await ben.page.getByRole('menuitemradio', { name: /Ben/ }).click()
  for (const subject of ['Whose is this', 'Whose is that']) await row(anna.page, subject).getByRole('img', { name: /Assigned to Ben/ }).waitFor()
  await closed(anna, ben)
})

test('what other programs say by keywords is seen', async () => {
  await ask('By keywords')
  const tab = await atDesk('anna')
  const { page } = tab
  await row(page, 'By keywords').waitFor()
  await imap(demo, demo.account('ben'), [inbox, 'STORE * +FLAGS.SILENT ($waiting $assigned $assigned:ben@example.test)'])
  await row(page, 'By keywords').getByText('Waiting', { exact: true }).waitFor()
  await row(page, 'By keywords').getByRole('img', { name: /Assigned to Ben/ }).waitFor()
  await imap(demo, demo.account('ben'), [inbox, 'STORE * +FLAGS.SILENT ($done)'])
  await row(page, 'By keywords').getByText('Done', { exact: true }).waitFor()
  await open(page, 'By keywords')
  await work(page).getByRole('button', { name: 'Assigned to Ben' }).waitFor()
  await closed(tab)
})

test('notes: colleagues are mentioned by name, told of it, and see each other’s', async () => {
  for (const subject of ['Another matter', 'To be discussed']) await ask(subject)
  const [anna, ben] = (await Promise.all([atDesk('anna'), atDesk('ben')])) as [Tab, Tab]
  await open(anna.page, 'To be discussed')
  await anna.page.getByRole('region', { name: 'Notes' }).waitFor()
  await anna.page.keyboard.press('n')
  await anna.page.keyboard.type('Do you know them, @be')
  await anna.page.getByRole('listbox', { name: 'Colleagues to mention' }).getByRole('option').first().waitFor()
  expect(await inaccessible(anna.page)).toEqual([])
  await anna.page.keyboard.press('Enter')
  await anna.page.keyboard.type('?')
  await anna.page.keyboard.press('Control+Enter')
  await anna.page.getByRole('article', { name: /Note by/ }).getByText(/Do you know them/).waitFor()
  expect(await anna.page.locator('.note .mention').textContent()).toMatch(/^@Ben/)

  await ben.page.getByRole('button', { name: 'Mentions in notes: 1 new' }).waitFor()
  await ben.page.getByText(/mentions you in a note in info@example.test/).waitFor() // for some seconds
  await ben.page.getByRole('button', { name: 'Show', exact: true }).click()
  await ben.page.getByRole('heading', { level: 2, name: 'To be discussed' }).waitFor()
  await ben.page.getByRole('article', { name: /Note by Anna/ }).waitFor()
  await ben.page.getByRole('button', { name: 'Mentions in notes', exact: true }).click()
  await ben.page.getByRole('dialog', { name: 'Mentions', exact: true }).getByText(/Do you know them/).waitFor()
  expect(await inaccessible(ben.page)).toEqual([])
  await ben.page.keyboard.press('Escape')
  await ben.page.getByRole('textbox', { name: 'Note' }).fill('No, ask the shop.')
  await ben.page.getByRole('button', { name: 'Add note' }).click()
  await anna.page.getByText('No, ask the shop.').waitFor()
  expect(await anna.page.getByRole('article', { name: /Note by Ben/ }).getByRole('button').count()).toBe(0)

  const mine = anna.page.getByRole('article', { name: /Note by Anna/ })
  await mine.getByRole('button', { name: 'Change note' }).click()
  await anna.page.getByRole('textbox', { name: 'Note' }).first().fill('Never mind.')
  await anna.page.getByRole('button', { name: 'Save note' }).click()
  await ben.page.getByText('Never mind.').waitFor()

  // What could not be saved is there again, and why; what is half written stays when one looks elsewhere.
  const field = anna.page.getByRole('textbox', { name: 'Note' })
  const refused = /\/jmap\/api/
  await anna.page.route(refused, (route) => (route.request().postData()?.includes('"Note/set"') ? route.fulfill({ status: 500, body: '' }) : route.continue()).catch(gone))
  await mine.getByRole('button', { name: 'Change note' }).click()
  await field.first().fill('Never mind, really.')
  await anna.page.getByRole('button', { name: 'Save note' }).click()
  await anna.page.getByRole('region', { name: 'Notes' }).getByRole('alert').waitFor()
  await until(() => field.first().inputValue()).toBe('Never mind, really.')
  await field.last().fill('Half a thought of @Ben')
  await open(anna.page, 'Another matter')
  await anna.page.unroute(refused)
  await open(anna.page, 'To be discussed')
  await until(() => field.last().inputValue()).toBe('Half a thought of @Ben')
  await until(() => field.first().inputValue()).toBe('Never mind, really.')
  await field.first().fill('Never mind.')
  await anna.page.getByRole('button', { name: 'Save note' }).click()
  await mine.getByText('Never mind.').waitFor()
  await anna.page.getByRole('region', { name: 'Notes' }).getByRole('button', { name: 'Cancel' }).click()
  await until(() => field.inputValue()).toBe('')

  // The way back is there for some seconds only: it is gone at once, and makes another note of the same words.
  const colleague = await Colleague.at(demo, demo.account('ben'), 'info@example.test')
  const thread = await colleague.thread('To be discussed')
  const notes = async () => (await colleague.call<{ list: { id: string; text: string }[] }>('Note/get', { threadIds: [thread] })).list
  const before = (await notes()).find((note) => note.text === 'Never mind.')!.id
  await mine.getByRole('button', { name: 'Remove note' }).click()
  await anna.page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(async () => (await notes()).filter((note) => note.text === 'Never mind.' && note.id !== before).length).toBe(1)
  await ben.page.getByText('Never mind.').waitFor()
  await work(ben.page).getByRole('button', { name: '2 notes' }).waitFor()
  await mine.getByRole('button', { name: 'Remove note' }).click()
  await until(() => ben.page.getByText('Never mind.').count()).toBe(0)
  await work(ben.page).getByRole('button', { name: '1 note', exact: true }).waitFor()
  await closed(anna, ben)
})

test('filters: mine, unassigned and by status, in the list and in a search', async () => {
  for (const subject of ['Filter one', 'Filter two', 'Filter three']) await ask(subject)
  const tab = await atDesk('anna')
  const { page } = tab
  await row(page, 'Filter one').waitFor()
  await row(page, 'Filter one').getByRole('button', { name: /^Select/ }).click()
  await page.keyboard.press('m')
  await row(page, 'Filter one').getByRole('img', { name: /Assigned to Anna/ }).waitFor()
  await row(page, 'Filter two').getByRole('button', { name: /^Select/ }).click()
  await page.keyboard.press('d')
  await row(page, 'Filter two').getByText('Done', { exact: true }).waitFor()
  await filter(page, 'Mine').click()
  await row(page, 'Filter one').waitFor()
  await until(() => row(page, 'Filter three').count()).toBe(0)
  await filter(page, 'Unassigned').click()
  await row(page, 'Filter three').waitFor()
  await until(() => row(page, 'Filter one').count()).toBe(0)
  await filter(page, 'Open').click()
  await until(() => row(page, 'Filter two').count()).toBe(0)
  await row(page, 'Filter three').waitFor()
  expect(await inaccessible(page)).toEqual([])
  // What no longer belongs there leaves the list.
  await imap(demo, demo.account('ben'), [inbox, 'STORE * +FLAGS.SILENT ($assigned:ben@example.test)'])
  await until(() => row(page, 'Filter three').count()).toBe(0)
  await filter(page, 'Unassigned').click()
  await filter(page, 'Open').click()
  await row(page, 'Filter two').waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('m')
  await until(() => filter(page, 'Mine').getAttribute('aria-pressed')).toBe('true')
  await page.keyboard.press('g')
  await page.keyboard.press('m')
  await page.keyboard.press('/')
  await page.keyboard.type('is:done subject:filter')
  await page.keyboard.press('Enter')
  await row(page, 'Filter two').waitFor()
  await until(() => row(page, 'Filter one').count()).toBe(0)
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await closed(tab)
})

test('who answered, and the history for who may read it', async () => {
  await ask('Who was it')
  const anna = await atDesk('anna')
  await open(anna.page, 'Who was it')
  await anna.page.keyboard.press('m')
  await anna.page.keyboard.press('r')
  await anna.page.locator('.composer-text').waitFor()
  await anna.page.keyboard.type('It was me.')
  await anna.page.getByRole('button', { name: 'Send', exact: true }).click()
  await anna.page.locator('.composer').waitFor({ state: 'detached' })
  await work(anna.page).getByText(/Answered by Anna/).waitFor()
  await anna.page.getByText(/Written by Anna/).waitFor()
  await work(anna.page).getByText(/Answered by Anna/).click()
  const dialog = anna.page.getByRole('dialog', { name: 'Who answered' })
  await dialog.getByText('anna@example.test').waitFor()
  expect(await dialog.getByText('From the audit log').count()).toBe(0)
  expect(await inaccessible(anna.page)).toEqual([])
  await anna.page.keyboard.press('Escape')

  await demo.run(['grant', 'add', 'info@example.test', 'ben@example.test', 'admin'])
  const ben = await atDesk('ben')
  await open(ben.page, 'Who was it')
  await work(ben.page).getByText(/Answered by Anna/).click()
  const history = ben.page.getByRole('dialog', { name: 'Who answered' })
  await history.getByText('sent an answer').waitFor()
  await history.getByText('assigned it to anna@example.test').waitFor()
  expect(await inaccessible(ben.page)).toEqual([])
  await closed(anna, ben)
})

test('who only reads sees it and changes nothing', async () => {
  await ask('Only to be read')
  await demo.run(['share', 'info@example.test', '--with', 'cleo@example.test', '--preset', 'read', '--quiet'])
  const anna = await atDesk('anna')
  await open(anna.page, 'Only to be read')
  await anna.page.keyboard.press('m')
  const cleo = await atDesk('cleo')
  await open(cleo.page, 'Only to be read')
  await work(cleo.page).getByText('Anna').waitFor()
  await until(() => work(cleo.page).getByRole('button', { name: /Status|Assign/ }).count()).toBe(0)
  expect(await cleo.page.getByRole('textbox', { name: 'Note' }).count()).toBe(0)
  await anna.page.locator('.presence').getByText(/Cleo .*is reading this/).waitFor()

  // It ends while it is open: the mailbox goes, what was open closes, and it is said.
  const said = cleo.page.getByText('info@example.test is no longer shared with you. The conversation was closed.').waitFor()
  await Promise.all([said, demo.run(['unshare', 'info@example.test', '--with', 'cleo@example.test'])]) // it goes away by itself
  await until(() => section(cleo.page, 'info@example.test').count()).toBe(0)
  await until(() => cleo.page.getByRole('heading', { level: 2, name: 'Only to be read' }).count()).toBe(0)
  await cleo.page.getByText('This folder is not there, or no longer shared with you').waitFor()
  await until(() => anna.page.locator('.presence').getByText(/Cleo/).count()).toBe(0)
  expect(await inaccessible(cleo.page)).toEqual([])
  await closed(anna, cleo)
})
