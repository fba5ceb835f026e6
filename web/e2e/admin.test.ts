import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { compose, deliver } from './deliver.ts'
import { closed, stage } from './demo.ts'

// A smarthost that is not there: what is sent outside waits in the queue.
const { demo, opened } = await stage(['--smarthost', '127.0.0.1:1'])

const section = (page: Page, account: string) => page.locator('.folders section').filter({ has: page.getByRole('button', { name: account, exact: false }) })
const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text }).first()

async function choose(page: Page, field: string, option: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: field }).last().click()
  await page.getByRole('option', { name: option }).first().click()
}

/** Types into a field that finds entries, and takes what is found. */
async function pick(page: Page, label: string, text: string, address: string): Promise<void> {
  const field = page.getByRole('combobox', { name: label }).last()
  await field.fill(text)
  await page.getByRole('option', { name: address }).first().click()
  await expect.poll(() => field.inputValue()).toBe(address)
}

async function administration(page: Page, title: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: title }).click()
  await page.getByRole('heading', { level: 2, name: title }).waitFor()
}

test('a shared mailbox for a team: made, seen live, answered, changed, revoked', { timeout: 240_000 }, async () => {
  const [admin, member] = await Promise.all([opened('admin'), opened('ben')])
  const { page } = admin
  await page.locator('.avatar-button').click()
  await page.getByRole('menuitem', { name: 'Administration' }).click()
  await page.getByRole('heading', { level: 2, name: 'Accounts' }).waitFor()
  await row(page, 'anna@example.test').waitFor()
  await page.getByRole('radio', { name: 'Shared mailboxes' }).click()
  await row(page, 'anna@example.test').waitFor({ state: 'detached' })
  await row(page, 'info@example.test').waitFor()
  expect(await inaccessible(page)).toEqual([])

  await page.getByRole('link', { name: 'New shared mailbox' }).click()
  await page.getByLabel('Address').fill('info2@example.test')
  await page.getByLabel('Name', { exact: true }).fill('Info 2')
  await pick(page, 'Who', 'info-t', 'info-team@example.test')
  await page.getByRole('button', { name: 'What would change?' }).click()
  const outcome = page.getByRole('region', { name: 'What would change' })
  await outcome.getByText('ben@example.test').first().waitFor()
  expect(await outcome.textContent()).toMatch(/gains: .*read.*send as it/)
  expect(await section(member.page, 'Info 2').count()).toBe(0)
  expect(await inaccessible(page)).toEqual([])
  await page.getByRole('button', { name: 'Create' }).click()
  await row(page, 'info-team@example.test').waitFor()
  expect(await row(page, 'info-team@example.test').textContent()).toMatch(/Full \(team\).*send as it/)
  expect(await inaccessible(page)).toEqual([])

  await section(member.page, 'info2@').waitFor({ timeout: 60_000 })
  await deliver(demo, 'info2@example.test', compose({ subject: 'Is the new address right?', from: 'Cleo Marsh <cleo@elsewhere.test>', to: 'info2@example.test' }))
  await section(member.page, 'info2@').getByRole('link', { name: /^Inbox/ }).click()
  await row(member.page, 'Is the new address right?').click()
  await member.page.getByRole('heading', { level: 2, name: 'Is the new address right?' }).waitFor()
  await member.page.getByRole('button', { name: 'Reply', exact: true }).last().click()
  await member.page.getByRole('textbox', { name: 'Message' }).click()
  await member.page.keyboard.type('Yes, it is.')
  expect(await member.page.locator('.composer').textContent()).toContain('info2@example.test')
  await member.page.getByRole('button', { name: 'Send', exact: true }).click()
  await member.page.getByText('Message sent').waitFor()
  // It can be taken back for some seconds, and leaves with the rights that its sender has then.
  await expect.poll(() => demo.run(['audit', 'list', '--action', 'message.send']), { timeout: 40_000, interval: 1000 }).toContain('ben@example.test')

  // less, after seeing what that means
  await page.getByRole('button', { name: 'Change what info-team@example.test may do' }).click()
  const dialog = page.getByRole('dialog')
  await choose(page, 'Rights', /^Read$/)
  await dialog.getByRole('button', { name: 'What would change?' }).click()
  await dialog.getByText(/loses: .*delete/).first().waitFor()
  expect(await inaccessible(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
  await row(page, 'info-team@example.test').getByText('Read', { exact: true }).waitFor()
  // nothing, at once
  await page.getByRole('button', { name: 'Revoke access of info-team@example.test' }).click()
  await dialog.getByRole('button', { name: 'What would change?' }).click()
  await dialog.getByText(/loses: read.*send as it/).first().waitFor()
  await dialog.getByRole('button', { name: 'Revoke', exact: true }).click()
  await page.getByText('Nobody else has been given anything here').waitFor()
  await section(member.page, 'info2@').waitFor({ state: 'detached', timeout: 60_000 })

  // refused in the server's words
  await page.getByRole('button', { name: 'Add' }).click()
  await pick(page, 'Who', 'admin@', 'admin@example.test')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.getByRole('alert').waitFor()
  expect(await dialog.getByRole('alert').textContent()).toMatch(/^[a-z].{10,}/i)
  await dialog.getByRole('button', { name: 'Cancel' }).click()

  // the log has all of it
  await administration(page, 'Audit log')
  await choose(page, 'What', 'Who gave and took rights')
  await page.getByRole('combobox', { name: 'Mailbox or group' }).fill('info2@example.test')
  await page.keyboard.press('Escape')
  await row(page, 'Rights taken back').waitFor()
  await row(page, 'Right to send given').waitFor()
  await expect.poll(() => page.getByRole('row').filter({ hasNotText: 'info2@example.test' }).count()).toBe(1) // the heading
  expect(await inaccessible(page)).toEqual([])
  await choose(page, 'What', 'Who sent')
  await row(page, 'ben@example.test').waitFor()
  await row(page, 'ben@example.test').click()
  await page.getByRole('dialog').getByText('message.send').waitFor()
  expect(await inaccessible(page)).toEqual([])
  await page.keyboard.press('Escape')
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).click()])
  expect(file.suggestedFilename()).toBe('audit.jsonl')

  // what ben sent waits for the smarthost
  await administration(page, 'Queue')
  await row(page, 'cleo@elsewhere.test').waitFor()
  await page.getByRole('button', { name: /^Hold message/ }).first().click()
  await row(page, 'cleo@elsewhere.test').getByText('On hold').waitFor()
  await page.getByRole('button', { name: /^Release message/ }).first().click()
  await row(page, 'cleo@elsewhere.test').getByText('Waiting').waitFor()
  await page.getByRole('button', { name: /^Try message/ }).first().click()
  await page.getByText(/will be tried now/).waitFor()
  expect(await inaccessible(page)).toEqual([])
  await page.getByRole('searchbox', { name: 'Find by sender or recipient' }).fill('nobody-like-that')
  await page.getByText('Nothing found').waitFor()
  await page.getByRole('searchbox', { name: 'Find by sender or recipient' }).fill('CLEO@else')
  await page.getByRole('button', { name: /^Delete message/ }).first().click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByText(/is deleted/).waitFor()
  await page.getByText('Nothing found').waitFor()
  await Promise.all([closed(admin), closed(member)])
})

test('sign-in is turned off, and the session of the person ends', { timeout: 120_000 }, async () => {
  const [admin, person] = await Promise.all([opened('admin'), opened('cleo')])
  const { page } = admin
  await page.goto('/#/admin/accounts')
  await page.getByRole('searchbox', { name: 'Find by address or name' }).fill('cleo')
  await row(page, 'anna@example.test').waitFor({ state: 'detached' })
  await row(page, 'cleo@example.test').click()
  await page.getByRole('button', { name: 'Turn off' }).click()
  const dialog = page.getByRole('dialog')
  expect(await inaccessible(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Turn off' }).click()
  await page.getByText('Nobody can sign in').waitFor()
  await person.page.getByRole('dialog').getByLabel('Password').waitFor({ timeout: 60_000 })
  await person.page.getByLabel('Password').fill(demo.account('cleo').password)
  await person.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await person.page.getByText('This account may not sign in here.').waitFor()
  await page.getByRole('button', { name: 'Turn on' }).click()
  await dialog.getByRole('button', { name: 'Turn on' }).click()
  await page.getByText('People can sign in').waitFor()
  await person.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await person.page.getByRole('dialog').waitFor({ state: 'detached' })
  await Promise.all([closed(admin), closed(person)])
})

test('why somebody may, and may not; groups; domains', { timeout: 120_000 }, async () => {
  const admin = await opened('admin')
  const { page } = admin
  await page.goto('/#/admin/access')
  await pick(page, 'Person', 'cleo', 'cleo@example.test')
  await pick(page, 'Mailbox', 'info@', 'info@example.test')
  await page.getByRole('button', { name: 'Ask' }).click()
  const answer = page.getByRole('region', { name: 'Answer' })
  await answer.getByRole('heading', { name: 'Not allowed' }).waitFor()
  expect(await answer.textContent()).toMatch(/No way leads here/)
  expect(await answer.textContent()).toMatch(/Missing.*read/)
  expect(await inaccessible(page)).toEqual([])
  await page.getByRole('combobox', { name: 'Person' }).fill('ben@example.test')
  await page.keyboard.press('Escape')
  await choose(page, 'Action', 'send as it')
  await page.getByRole('button', { name: 'Ask' }).click()
  await answer.getByRole('heading', { name: 'Allowed', exact: true }).waitFor()
  expect(await answer.locator('.tree li .tree-name').allTextContents()).toEqual(['info-team@example.test'])
  expect(await answer.locator('.effect').allTextContents()).toEqual(['gives'])
  expect(await inaccessible(page)).toEqual([])

  await administration(page, 'Groups')
  await row(page, 'info-team@example.test').click()
  const members = page.getByRole('region', { name: 'Members' })
  await members.getByText('ben@example.test').waitFor()
  await members.getByRole('button', { name: 'Add' }).click()
  await pick(page, 'Who', 'cleo', 'cleo@example.test')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'What would change?' }).click()
  await dialog.getByText(/gains: .*read/).first().waitFor()
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await members.getByText('cleo@example.test').waitFor()
  await members.getByRole('button', { name: 'Remove cleo@example.test' }).click()
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
  await members.getByText('cleo@example.test').waitFor({ state: 'detached' })
  const owners = page.getByRole('region', { name: 'Owners' })
  await owners.getByRole('button', { name: 'Add' }).click()
  await pick(page, 'Who', 'ben', 'ben@example.test')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await owners.getByText('ben@example.test').waitFor()
  expect(await inaccessible(page)).toEqual([])

  await administration(page, 'Domains')
  await row(page, 'example.test').click()
  await row(page, 'MX').waitFor()
  expect(await inaccessible(page)).toEqual([])
  await admin.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: /^Copy the value of MX/ }).click()
  await page.getByText('Copied').waitFor()
  expect(await page.evaluate('navigator.clipboard.readText()')).toContain('10 ')
  await closed(admin)
})

test('with the keyboard alone', { timeout: 120_000 }, async () => {
  const admin = await opened('admin')
  const { page } = admin
  await page.goto('/#/admin/accounts')
  await row(page, 'anna@example.test').waitFor()
  for (let i = 0; i < 40 && !(await page.evaluate(`document.activeElement?.closest('.table') !== null`)); i++) await page.keyboard.press('Tab')
  await page.keyboard.press('Home')
  for (let i = 0; i < 12 && !String(await page.evaluate('document.activeElement?.textContent')).includes('anna@'); i++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Delegated access' }).waitFor()
  expect(page.url()).toContain('/admin/accounts/anna%40example.test')
  await closed(admin)
})

test('who administers nothing gets nothing', { timeout: 120_000 }, async () => {
  const anna = await opened('anna')
  const { page } = anna
  await page.locator('.avatar-button').click()
  await page.getByRole('menuitem', { name: 'Settings' }).waitFor()
  expect(await page.getByRole('menuitem', { name: 'Administration' }).count()).toBe(0)
  await page.goto('/#/admin/audit')
  await page.getByText('You administer nothing here').waitFor()
  const ask = (method: string, path: string, body?: string) =>
    page.evaluate(`(async () => {
      const { csrf } = await (await fetch('/auth/session')).json()
      const r = await fetch('/admin/v1${path}', { method: '${method}', headers: { 'X-Postroom-CSRF': csrf, 'Content-Type': 'application/json' }, body: ${body ? JSON.stringify(body) : 'undefined'} })
      return r.status
    })()`)
  expect(await ask('GET', '/audit')).toBe(403)
  expect(await ask('GET', '/queue')).toBe(403)
  expect(await ask('GET', '/access/who?target=ben@example.test')).toBe(403)
  expect(await ask('GET', '/grants?target=ben@example.test')).toBe(404)
  expect(await ask('POST', '/accounts', '{"address":"x@example.test","kind":"shared"}')).toBe(403)
  expect(await ask('POST', '/simulate/accounts', '{"address":"x@example.test","kind":"shared"}')).toBe(403)
  expect(await ask('PATCH', '/accounts/ben@example.test', '{"login":false}')).toBe(403)
  expect(await ask('POST', '/queue/1/hold')).toBe(403)
  // with a cookie alone, without the token that only our page has
  expect(await page.evaluate(`fetch('/admin/v1/groups', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }).then((r) => r.status)`)).toBe(403)
  await closed(anna)
})
