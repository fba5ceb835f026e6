// What the server refuses is said in German on a German page: of the admin API, of the settings for signing in, of the composer.
import { expect, test } from 'vitest'
import { closed, painted, stage } from './demo.ts'
import { administration, screens } from './screens.ts'

const { demo, opened } = await stage()

test('the administration', async () => {
  const tab = await opened('admin', { locale: 'de-DE' })
  const { page } = tab
  await page.goto('/#/admin/groups')
  await page.getByRole('button', { name: 'Neue Gruppe' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Adresse').fill('info@example.test')
  await dialog.getByRole('button', { name: 'Anlegen' }).click()
  await page.getByText('Diese Adresse gibt es schon: info@example.test').waitFor()
  await dialog.getByLabel('Adresse').fill('nirgends')
  await dialog.getByRole('button', { name: 'Anlegen' }).click()
  await page.getByText(/keine gültige Adresse: ohne @: nirgends/).waitFor()
  await closed(tab)
})

test('the settings for signing in', async () => {
  const tab = await opened('ben', { locale: 'de-DE' })
  const { page } = tab
  await page.goto('/#/settings/app-passwords')
  const make = async () => {
    await page.getByRole('button', { name: 'App-Passwort anlegen' }).click()
    await page.getByLabel('Wofür es ist').fill('Telefon')
    await page.getByRole('dialog').getByRole('button', { name: 'Anlegen' }).click()
  }
  await make()
  await page.getByRole('dialog', { name: 'App-Passwort für Telefon' }).getByRole('button', { name: 'Ich habe es sicher aufbewahrt' }).click()
  await make()
  await page.getByText('Das gibt es schon: Telefon').waitFor()
  await closed(tab)
})

test('the composer', async () => {
  const tab = await opened('cleo', { locale: 'de-DE' })
  const { page } = tab
  await page.keyboard.press('c')
  const composer = page.locator('.composer')
  await composer.getByRole('combobox', { name: 'Von' }).fill('info@example.test')
  await page.keyboard.press('Tab')
  await composer.getByText(/cleo@example\.test darf nicht als info@example\.test senden: Dafür fehlt das Recht/).waitFor()
  await closed(tab)
})

test('signing in says what its words are made of', async () => {
  const answer = await fetch(`${demo.ready.http_url}/auth/sign-in`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ address: 'ben@example.test', password: 'wrong' }) })
  expect(await answer.json()).toMatchObject({ kind: 'signInFailed', reason: { template: 'wrong user name or password' } })
})

test('pages without script', async () => {
  const [, token] = /invitation\/([\w-]+)/.exec(await demo.run(['account', 'create', 'dora@example.test', '--invite', '--json'])) ?? []
  for (const [path, words] of [['/services', 'Richten Sie Ihr Mailprogramm'], [`/invitation/${token}`, 'Passwort wählen'], ['/invitation/nothing', 'Dieser Link gilt nicht']] as const) {
    const page = await (await fetch(`${demo.ready.http_url}${path}`, { headers: { 'Accept-Language': 'de' } })).text()
    expect(page).toContain('lang="de"')
    expect(page).toContain(words)
  }
})

/** What a page says that is no data: texts outside of names, and the words of what has none; each with English words in it. */
const english = `(() => {
  const found = []
  const words = /\\b(?:the|this|that|these|with|without|cannot|are|is|have|has|you|your|gives|takes|not|of|and|or|for|from|given)\\b/i
  const look = (text) => text && words.test(text.replace(/[\\w]+:/g, '')) && found.push(text.trim())
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return look(node.textContent)
    if (node.nodeType !== Node.ELEMENT_NODE || ['BDI', 'SCRIPT', 'NOSCRIPT', 'STYLE'].includes(node.tagName)) return
    if (node.closest('.row, .record')) return
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) look(node.getAttribute(name))
    node.childNodes.forEach(walk)
  }
  look(document.title)
  walk(document.body)
  return found
})()`

test('no page of the settings, the contacts and the administration has English words in it', { timeout: 300_000 }, async () => {
  const left: Record<string, unknown> = {}
  for (const [who, list] of Object.entries({ anna: screens.filter((s) => /^(?:settings-|contacts|lists|search|shortcuts)/.test(s.name)), admin: administration })) {
    const tab = await opened(who, { locale: 'de-DE' })
    for (const { name, open } of list) {
      await open(tab.page)
      await painted(tab.page)
      const found = (await tab.page.evaluate(english)) as string[]
      if (found.length > 0) left[name] = found
      await tab.page.goto('/services') // so that each begins with a page of its own
    }
    await closed(tab)
  }
  expect(left).toEqual({})
})

test('by which ways somebody has access is said in words', async () => {
  const tab = await opened('admin', { locale: 'de-DE' })
  const { page } = tab
  await page.goto('/#/admin/accounts/info%40example.test/who')
  await page.getByText('Über die Gruppe info-team@example.test: Voll (Team) am ganzen Postfach').first().waitFor()
  await page.getByText('das heißt: lesen, ändern, hinzufügen, löschen, Einladungen beantworten').first().waitFor()
  await page.getByText('Über die Gruppe info-team@example.test: als Postfach senden').first().waitFor()
  await closed(tab)
})
