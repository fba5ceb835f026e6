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
