// What can be done with the mouse can be done without one: here nothing is clicked.
import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { compose, deliver, imap } from './deliver.ts'
import { closed, openTab, stage, until } from './demo.ts'

const { demo, browser, opened } = await stage()
await imap(demo, demo.account('anna'), ['CREATE Plans', 'CREATE Plans/Garden'])
await imap(demo, demo.account('ben'), ['CREATE Attic'])

const section = (page: Page, account: string) => page.locator('.folders section').filter({ has: page.getByRole('button', { name: account, exact: false }) })
const folder = (page: Page, account: string, name: string) => section(page, account).getByRole('link', { name: new RegExp(`^${name}`) }).first()
const row = (page: Page, subject: string) => page.getByRole('row').filter({ hasText: subject }).first()
const focused = (what: Locator) => what.evaluate((element) => element === document.activeElement || element.contains(document.activeElement))

/** Presses a key until something, or what is in it, has the focus. */
async function go(page: Page, key: string, to: Locator): Promise<void> {
  await to.waitFor({ state: 'attached' })
  for (let i = 0; i < 60; i++) {
    if (await focused(to)) return
    await page.keyboard.press(key)
  }
  throw new Error(`${key} does not come to ${String(to)}; it is at ${await page.evaluate('document.activeElement?.outerHTML.slice(0, 200)')}`)
}

/** Opens a menu or a window from what has the focus, closes it by Escape, and comes back. */
async function escaped(page: Page, key: string, from: Locator, opens: Locator): Promise<void> {
  await page.keyboard.press(key)
  await opens.waitFor()
  await until(() => focused(opens)).toBe(true)
  await page.keyboard.press('Escape')
  await until(() => opens.count()).toBe(0)
  await until(() => focused(from)).toBe(true)
}

/** In the list, goes to a message that is in view. */
async function toRow(page: Page, subject: string): Promise<void> {
  await page.keyboard.press('Home')
  for (let i = 0; i < 10; i++) {
    await until(() => page.locator('.row[data-active]').count()).toBe(1)
    if ((await row(page, subject).getAttribute('data-active')) !== null) return
    await page.keyboard.press('ArrowDown')
  }
  throw new Error(`the arrows do not come to ${subject}`)
}

/** Whether what has the focus can be told by looking: a ring, and all of it on the screen. */
const ring = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement!
    const style = getComputedStyle(element)
    const { left, top, right, bottom } = element.getBoundingClientRect()
    return { outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, seen: style.opacity === '1' && left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight }
  })

test('signing in', async () => {
  const tab = await openTab(browser, demo)
  const { page } = tab
  await page.goto('/')
  await go(page, 'Tab', page.getByLabel('Address'))
  await page.keyboard.type(demo.account('anna').address)
  await go(page, 'Tab', page.getByLabel('Password'))
  await page.keyboard.type(demo.account('anna').password)
  await page.keyboard.press('Enter')
  await page.locator('.shell').waitFor()
  await closed(tab)
})

test('the folders: arrows, the button of the menu, the keys for a menu', async () => {
  const tab = await opened('anna')
  const { page } = tab
  const plans = folder(page, 'anna@example.test', 'Plans')
  await plans.waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('f')
  await until(() => focused(page.locator('.folders'))).toBe(true)
  await go(page, 'ArrowDown', plans)
  expect(await ring(page)).toEqual({ outlined: true, seen: true })

  // The button beside it, by an arrow and by Tab; it is seen when it is reached.
  const button = page.getByRole('button', { name: 'Plans: menu' })
  await page.keyboard.press('ArrowRight')
  await until(() => focused(button)).toBe(true)
  expect(await ring(page)).toEqual({ outlined: true, seen: true })
  await page.keyboard.press('ArrowLeft')
  await until(() => focused(plans)).toBe(true)
  await page.keyboard.press('Tab')
  await until(() => focused(button)).toBe(true)
  const menu = page.getByRole('menu', { name: 'Plans: menu' })
  for (const key of ['Enter', 'Space', 'ContextMenu', 'Shift+F10']) {
    await page.keyboard.press(key)
    await menu.getByRole('menuitem', { name: 'Share…' }).waitFor()
    await until(() => focused(menu)).toBe(true)
    await page.keyboard.press('Escape')
    await until(() => menu.count()).toBe(0)
    await until(() => focused(button)).toBe(true)
  }
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('Shift+F10')
  await menu.waitFor()
  expect(await inaccessible(page)).toEqual([])
  await page.keyboard.press('Escape')
  await until(() => focused(plans)).toBe(true)

  // The heading of the mailbox folds and unfolds, and has a menu too.
  const heading = page.locator('.folders').getByRole('button', { name: 'anna@example.test', exact: true })
  await page.keyboard.press('ArrowLeft')
  await until(() => focused(heading)).toBe(true)
  await page.keyboard.press('ArrowLeft')
  await until(() => plans.count()).toBe(0)
  await page.keyboard.press('ArrowRight')
  await plans.waitFor()
  await page.keyboard.press('ArrowRight')
  await until(() => focused(page.getByRole('button', { name: 'anna@example.test: menu' }))).toBe(true)
  await page.keyboard.press('Home')
  await until(() => focused(page.getByRole('link', { name: 'All inboxes' }))).toBe(true)
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1 }).waitFor()
  expect(await inaccessible(page)).toEqual([])
  await closed(tab)
})

test('a folder is shared', async () => {
  const tab = await opened('anna')
  const { page } = tab
  await folder(page, 'anna@example.test', 'Plans').waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('f')
  await until(() => focused(page.locator('.folders'))).toBe(true)
  await go(page, 'ArrowDown', folder(page, 'anna@example.test', 'Plans'))
  await page.keyboard.press('ContextMenu')
  await until(() => focused(page.getByRole('menuitem', { name: 'Share…' }))).toBe(true)
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('heading', { name: 'Share “Plans”' }).waitFor()
  await go(page, 'Tab', dialog.getByRole('combobox', { name: 'Person or group' }))
  await page.keyboard.type('cle')
  await page.getByRole('option', { name: /cleo@example\.test/ }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await until(() => page.getByRole('option').count()).toBe(0)
  await go(page, 'Tab', dialog.getByRole('button', { name: /May$/ }))
  await page.keyboard.press('Enter')
  await until(() => focused(page.getByRole('listbox'))).toBe(true)
  await go(page, 'ArrowDown', page.getByRole('option', { name: /^Read, change and add/ }))
  await page.keyboard.press('Enter')
  await dialog.getByRole('status').getByText(/^Cleo.* will be able to read messages, flag and edit/).waitFor()
  await go(page, 'Tab', dialog.getByRole('button', { name: 'Share', exact: true }))
  await page.keyboard.press('Enter')
  await dialog.getByText(/Read, change and add · not answered yet/).waitFor()
  await page.keyboard.press('Escape')
  await until(() => dialog.count()).toBe(0)

  // And accepted, from the notice above the folders.
  const cleo = await opened('cleo')
  const notice = cleo.page.getByRole('link', { name: /Anna.* offers you “Plans”/ })
  await go(cleo.page, 'Tab', notice)
  await cleo.page.keyboard.press('Enter')
  await go(cleo.page, 'Tab', cleo.page.getByRole('button', { name: 'Accept “Plans”' }))
  await cleo.page.keyboard.press('Enter')
  await cleo.page.getByText('“Plans” is among your folders now').waitFor()
  await closed(tab, cleo)
})

test('messages are moved, and moved back', async () => {
  for (const subject of ['Keys one', 'Keys two']) await deliver(demo, 'ben@example.test', compose({ subject }))
  const tab = await opened('ben')
  const { page } = tab
  for (const subject of ['Keys one', 'Keys two']) await row(page, subject).waitFor()
  await go(page, 'Tab', page.getByRole('grid'))
  for (const subject of ['Keys one', 'Keys two']) {
    await toRow(page, subject)
    await page.keyboard.press('Space')
  }
  await page.getByText('2 selected').waitFor()
  await page.keyboard.press('v')
  await page.getByRole('dialog', { name: 'Move to' }).waitFor()
  await page.keyboard.type('Attic')
  await until(() => page.getByRole('menuitem').count()).toBe(1)
  await page.keyboard.press('Enter')
  await until(() => row(page, 'Keys two').count()).toBe(0)
  await until(() => row(page, 'Keys one').count()).toBe(0)
  await page.keyboard.press('z')
  await row(page, 'Keys two').waitFor()
  await row(page, 'Keys one').waitFor()

  // The same from the bar, whose buttons the arrows walk; and taken back from the notice.
  await go(page, 'Shift+Tab', page.getByRole('grid'))
  await toRow(page, 'Keys one')
  await page.keyboard.press('Space')
  await page.getByText('1 selected').waitFor()
  const bar = page.getByRole('toolbar', { name: 'With what is selected' })
  await go(page, 'Shift+Tab', bar)
  await go(page, 'ArrowLeft', bar.getByRole('button', { name: 'Move' }))
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'Move to' }).waitFor()
  await page.keyboard.type('Attic')
  await until(() => page.getByRole('menuitem').count()).toBe(1)
  await page.keyboard.press('Enter')
  const undo = page.getByRole('button', { name: 'Undo' })
  await undo.waitFor()
  await go(page, 'Shift+Tab', undo)
  await page.keyboard.press('Enter')
  await page.getByText('Undone').waitFor()
  await row(page, 'Keys two').waitFor()
  await closed(tab)
})

test('a message is answered and sent, and sending is undone', async () => {
  await deliver(demo, 'anna@example.test', compose({ subject: 'Shall we?', text: 'Is Friday good?', from: 'Dora Field <dora@elsewhere.test>' }))
  const tab = await opened('anna')
  const { page } = tab
  await row(page, 'Shall we?').waitFor()
  await go(page, 'Tab', page.getByRole('grid'))
  await toRow(page, 'Shall we?')
  await page.keyboard.press('Enter')
  const answer = page.getByRole('button', { name: 'Reply', exact: true })
  await go(page, 'Tab', answer)
  expect(await ring(page)).toEqual({ outlined: true, seen: true })
  await page.keyboard.press('Enter')
  const composer = page.locator('.composer')
  const text = composer.getByRole('textbox', { name: 'Message', exact: true })
  await until(() => text.evaluate((area) => area === document.activeElement)).toBe(true)
  await page.keyboard.type('Friday is good.')
  // Tab leaves the text.
  await go(page, 'Tab', composer.getByRole('button', { name: 'Send', exact: true }))
  await page.keyboard.press('Enter')
  await page.getByText('Message sent').waitFor()
  await until(() => composer.count()).toBe(0)
  await page.keyboard.press('z')
  await page.getByText('The message was not sent').waitFor()
  await until(() => text.innerText()).toContain('Friday is good.')
  expect(await demo.queued()).toEqual([])
  expect(demo.outbox('Re: Shall we?')).toEqual([])
  await go(page, 'Tab', text)
  await page.keyboard.press('Control+Enter')
  await page.getByText('Message sent').waitFor()
  await until(() => demo.outbox('Re: Shall we?').length).toBe(1)

  // A new one, to somebody found by typing.
  await until(() => composer.count()).toBe(0)
  await page.keyboard.press('c')
  const to = composer.getByRole('combobox', { name: 'To', exact: true })
  await until(() => focused(to)).toBe(true)
  await page.keyboard.type('ben@')
  await composer.getByRole('option', { name: /ben@example\.test/ }).first().waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await go(page, 'Tab', composer.getByLabel('Subject'))
  await page.keyboard.type('By keys alone')
  await go(page, 'Tab', text)
  await page.keyboard.type('Nothing was clicked.')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Message sent').waitFor()
  await closed(tab)
  const ben = await opened('ben')
  await row(ben.page, 'By keys alone').waitFor()
  await closed(ben)
})

/** To the inbox of another mailbox, by the menu of the account. */
async function toMailbox(page: Page, account: string): Promise<void> {
  const button = page.getByRole('button', { name: /: mailboxes and settings$/ })
  const menu = page.getByRole('menu', { name: /: mailboxes and settings$/ })
  await go(page, 'Tab', button)
  await page.keyboard.press('Enter')
  await until(() => focused(menu)).toBe(true)
  await go(page, 'ArrowDown', menu.getByRole('menuitem', { name: account, exact: true }))
  await page.keyboard.press('Enter')
  await until(() => menu.count()).toBe(0)
  await until(() => focused(button)).toBe(true)
}

test('the menu of the account: to another mailbox, to the settings, and out', async () => {
  const tab = await opened('anna')
  const { page } = tab
  const button = page.getByRole('button', { name: /: mailboxes and settings$/ })
  const menu = page.getByRole('menu', { name: /: mailboxes and settings$/ })
  const item = (name: string) => menu.getByRole('menuitem', { name, exact: true })
  await go(page, 'Tab', button)
  expect(await ring(page)).toEqual({ outlined: true, seen: true })
  for (const key of ['Enter', 'Space', 'ArrowDown']) await escaped(page, key, button, menu)

  await toMailbox(page, 'info@example.test')
  await page.getByRole('group', { name: 'Show only' }).waitFor()

  // A menu in the menu, there and back.
  await page.keyboard.press('Enter')
  await until(() => focused(menu)).toBe(true)
  const look = menu.getByRole('menuitem', { name: /^Appearance/ })
  await go(page, 'ArrowDown', look)
  const looks = page.getByRole('menuitemradio', { name: 'Dark' })
  await page.keyboard.press('ArrowRight')
  await looks.waitFor()
  await page.keyboard.press('ArrowLeft')
  await until(() => looks.count()).toBe(0)
  await until(() => focused(look)).toBe(true)

  await go(page, 'ArrowDown', item('Settings'))
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
  await until(() => menu.count()).toBe(0)
  await go(page, 'Shift+Tab', button)
  await page.keyboard.press('Enter')
  await until(() => focused(menu)).toBe(true)
  await page.keyboard.press('End')
  await until(() => focused(item('Sign out'))).toBe(true)
  await page.keyboard.press('Enter')
  await page.getByLabel('Password').waitFor()
  await closed(tab)
})

test('a conversation of several people: status, whose it is, notes with mentions', async () => {
  const work = (page: Page) => page.getByRole('group', { name: 'Work on this conversation' })
  await deliver(demo, 'info@example.test', compose({ subject: 'Keys for all', to: 'info@example.test', text: 'Who has them?' }))
  const tab = await opened('anna')
  const { page } = tab
  await toMailbox(page, 'info@example.test')
  await row(page, 'Keys for all').waitFor()
  await go(page, 'Tab', page.getByRole('grid'))
  await toRow(page, 'Keys for all')
  await page.keyboard.press('Enter')

  const status = work(page).getByRole('button', { name: /^Status:/ })
  const states = page.getByRole('menu', { name: 'Status' })
  await go(page, 'Tab', status)
  expect(await ring(page)).toEqual({ outlined: true, seen: true })
  await escaped(page, 'Enter', status, states)
  await page.keyboard.press('Enter')
  await until(() => focused(states)).toBe(true)
  await go(page, 'ArrowDown', states.getByRole('menuitemradio', { name: /^Waiting/ }))
  await page.keyboard.press('Enter')
  await work(page).getByRole('button', { name: 'Status: Waiting' }).waitFor()
  await until(() => focused(status)).toBe(true)

  const assign = work(page).getByRole('button', { name: /^Assign/ })
  const people = page.getByRole('menu', { name: 'Assign' })
  await go(page, 'Tab', assign)
  await escaped(page, 'Enter', assign, people)
  // The key does the same, from wherever one is.
  await escaped(page, 'p', assign, people)
  await page.keyboard.press('Enter')
  await until(() => focused(people)).toBe(true)
  await page.keyboard.press('End')
  await until(() => focused(people.getByRole('menuitemradio', { name: 'Nobody' }))).toBe(true)
  await page.keyboard.press('Home')
  await go(page, 'ArrowDown', people.getByRole('menuitemradio', { name: /^Ben/ }))
  await page.keyboard.press('Enter')
  await work(page).getByRole('button', { name: /^Assigned to Ben/ }).waitFor()
  await until(() => focused(assign)).toBe(true)

  // Names are chosen while the cursor stays in the text.
  const note = page.getByRole('textbox', { name: 'Note' })
  const offers = page.getByRole('listbox', { name: 'Colleagues to mention' })
  const offer = offers.getByRole('option', { selected: true })
  await page.keyboard.press('n')
  await until(() => focused(note)).toBe(true)
  await page.keyboard.type('Please ask @')
  await until(() => offers.getByRole('option').count()).toBeGreaterThan(1)
  const first = await offers.getByRole('option').first().textContent()
  const last = await offers.getByRole('option').last().textContent()
  const active = () => note.evaluate((e) => document.getElementById(e.getAttribute('aria-activedescendant') ?? '')?.textContent)
  expect(await active()).toBe(first)
  for (const [key, now] of [['End', last], ['Home', first], ['ArrowUp', last], ['ArrowDown', first]] as const) {
    await page.keyboard.press(key)
    await until(active).toBe(now)
    expect(await offer.allTextContents()).toEqual([now])
    expect(await focused(note)).toBe(true)
  }
  expect(await inaccessible(page)).toEqual([])
  await page.keyboard.press('Escape')
  await until(() => offers.count()).toBe(0)
  expect(await note.inputValue()).toBe('Please ask @')
  expect(await note.getAttribute('aria-activedescendant')).toBeNull()
  await page.keyboard.type('be')
  await offers.getByRole('option', { name: /^Ben/ }).waitFor()
  await page.keyboard.press('Enter')
  await until(() => offers.count()).toBe(0)
  expect(await note.inputValue()).toMatch(/^Please ask @Ben.* $/)
  await page.keyboard.type('first.')
  await go(page, 'Tab', page.getByRole('button', { name: 'Add note' }))
  await page.keyboard.press('Enter')
  const card = page.getByRole('article', { name: /^Note by Anna/ })
  await card.getByText('first.').waitFor()
  await until(() => focused(note)).toBe(true)

  // A note is changed, or not; one comes back to it.
  const change = card.getByRole('button', { name: 'Change note' })
  await change.waitFor()
  await go(page, 'Shift+Tab', change)
  await page.keyboard.press('Enter')
  await until(() => focused(note.first())).toBe(true)
  await page.keyboard.press('Escape')
  await until(() => focused(card)).toBe(true)
  await go(page, 'Tab', change)
  await page.keyboard.press('Enter')
  await until(() => focused(note.first())).toBe(true)
  await page.keyboard.press('Control+End')
  await page.keyboard.type(' Today.')
  await page.keyboard.press('Control+Enter')
  await card.getByText('Today.').waitFor()
  await until(() => focused(card)).toBe(true)
  await page.keyboard.press('n')
  await until(() => focused(note)).toBe(true)
  await page.keyboard.press('Escape')
  await until(() => focused(page.locator('.conversation-scroller'))).toBe(true)
  await closed(tab)

  // Whom it mentions comes to it from the list of mentions.
  const ben = await opened('ben')
  await toMailbox(ben.page, 'info@example.test')
  await row(ben.page, 'Keys for all').waitFor()
  const mentions = ben.page.getByRole('button', { name: /^Mentions in notes/ })
  const list = ben.page.getByRole('menu', { name: 'Mentions' })
  await go(ben.page, 'Tab', mentions)
  await escaped(ben.page, 'Enter', mentions, list)
  await ben.page.keyboard.press('Enter')
  await until(() => focused(list.getByRole('menuitem').first())).toBe(true)
  expect(await inaccessible(ben.page)).toEqual([])
  await ben.page.keyboard.press('End')
  await until(() => focused(list.getByRole('menuitem').last())).toBe(true)
  await ben.page.keyboard.press('Home')
  await ben.page.keyboard.press('Enter')
  await ben.page.getByRole('heading', { level: 2, name: 'Keys for all' }).waitFor()
  await until(() => list.count()).toBe(0)
  await closed(ben)
})

// However a message ends, one is back where one began it; where the list has given way to what is open, too.
for (const [name, look] of [['beside the list', {}], ['instead of the list', { width: 900 }]] as const)
  test(`the composer gives the focus back, ${name}`, async () => {
    const subject = `Back to it, ${name}`
    await deliver(demo, 'cleo@example.test', compose({ subject, text: 'Shall we?', from: 'Dora Field <dora@elsewhere.test>' }))
    const tab = await opened('cleo', look)
    const { page } = tab
    const composer = page.locator('.composer')
    const text = composer.getByRole('textbox', { name: 'Message', exact: true })
    const press = (what: string) => composer.getByRole('button', { name: what, exact: true }).press('Enter')
    await row(page, subject).waitFor()
    await go(page, 'Tab', page.getByRole('grid'))
    await toRow(page, subject)
    await page.keyboard.press('Enter')
    const answer = page.getByRole('article').first().getByRole('button', { name: 'Reply', exact: true })
    await answer.waitFor()
    const place = page.locator(look.width ? '.conversation-scroller' : '[role="grid"]')
    await until(() => place.evaluate((element) => element === document.activeElement)).toBe(true)
    for (const [begun, end] of [
      ['key', () => text.press('Escape')],
      ['key', () => press('Discard')],
      ['button', () => press('Save and close')],
      ['button', () => text.press('Control+Enter')],
      ['key', async () => (await press('Send later…'), await page.getByRole('button', { name: /^Tomorrow, 8:00/ }).press('Enter'))],
    ] as const) {
      if (begun === 'key') await place.focus()
      else await answer.focus()
      await page.keyboard.press(begun === 'key' ? 'r' : 'Enter')
      await until(() => text.evaluate((area) => area === document.activeElement)).toBe(true)
      await end()
      await until(() => composer.count()).toBe(0)
      await until(() => (begun === 'key' ? place : answer).evaluate((element) => element === document.activeElement)).toBe(true)
    }
    await closed(tab)
  })

test('who a message is from, and when it is sent', async () => {
  await deliver(demo, 'anna@example.test', compose({ subject: 'Something to come back to' }))
  const tab = await opened('anna')
  const { page } = tab
  await row(page, 'Something to come back to').waitFor()
  const composer = page.locator('.composer')
  const from = composer.getByRole('combobox', { name: 'From' })
  const to = composer.getByRole('combobox', { name: 'To', exact: true })
  const addresses = page.getByRole('listbox')
  await page.keyboard.press('c')
  await until(() => focused(to)).toBe(true)
  await page.keyboard.type('someone@elsewhere.test')
  await page.keyboard.press('Enter')
  await go(page, 'Shift+Tab', from)
  const own = await from.inputValue()
  await page.keyboard.press('ArrowDown')
  await addresses.waitFor()
  expect(await inaccessible(page)).toEqual([])
  await page.keyboard.press('Escape')
  await until(() => addresses.count()).toBe(0)
  expect(await focused(from)).toBe(true)
  expect(await from.inputValue()).toBe(own)
  await page.keyboard.press('ArrowDown')
  await addresses.waitFor()
  const chosen = () => from.evaluate((e) => document.getElementById(e.getAttribute('aria-activedescendant') ?? '')?.textContent ?? '')
  const count = await addresses.getByRole('option').count()
  for (let i = 0; i < count && !(await chosen()).includes('info@example.test'); i++) {
    const before = await chosen()
    await page.keyboard.press('ArrowDown')
    await until(chosen).not.toBe(before)
  }
  expect(await chosen()).toContain('info@example.test')
  await page.keyboard.press('Enter')
  await until(() => addresses.count()).toBe(0)
  expect(await focused(from)).toBe(true)
  await until(() => from.inputValue()).toContain('info@example.test')

  await go(page, 'Tab', composer.getByLabel('Subject'))
  await page.keyboard.type('Keys for tomorrow')
  const later = composer.getByRole('button', { name: 'Send later' })
  const when = page.getByRole('dialog', { name: 'Send later' })
  await go(page, 'Tab', later)
  expect(await ring(page)).toEqual({ outlined: true, seen: true })
  await escaped(page, 'Enter', later, when)
  await page.keyboard.press('Enter')
  await go(page, 'Tab', when.getByRole('button', { name: 'Cancel' }))
  await page.keyboard.press('Enter')
  await until(() => when.count()).toBe(0)
  await until(() => focused(later)).toBe(true)
  await page.keyboard.press('Enter')
  await go(page, 'Tab', when.getByRole('button', { name: /^Tomorrow, 8:00/ }))
  await page.keyboard.press('Enter')
  await page.getByText(/^Will be sent on/).waitFor()
  await until(() => composer.count()).toBe(0)
  await until(() => focused(page.getByRole('grid'))).toBe(true)
  // Letters are keys again.
  await page.keyboard.press('g')
  await page.keyboard.press('f')
  await until(() => focused(page.locator('.folders'))).toBe(true)
  expect(demo.outbox('Keys for tomorrow')).toEqual([])
  await closed(tab)
})
