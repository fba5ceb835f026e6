import { Buffer } from 'node:buffer'
import { mkdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { inaccessible } from './accessible.ts'
import { accountOf, call } from './colleague.ts'
import { compose, deliver } from './deliver.ts'
import { type Look, openTab, signIn, stage, type Tab, until } from './demo.ts'

const html = `<p>What is new this week.</p><img src="http://pictures.test/one.png" alt="first" width="360" height="120"><table style="background-image:url('http://pictures.test/two.png')"><tr><td background="//pictures.test/three.png" style="padding:24px 120px">A picture is behind this.</td></tr></table><img src="http://pictures.test/gone.png" alt="gone"><p>Kind regards</p>`

const { demo, browser } = await stage()
for (const n of [1, 2]) await checked(compose({ subject: `News of the week ${n}`, from: 'The News <news@elsewhere.test>', html }))
await deliver(demo, 'anna@example.test', `Authentication-Results: mail.example.test; dmarc=pass header.from=elsewhere.test\n${compose({ subject: 'News of the week 3', from: 'The News <news@elsewhere.test>', html })}`)

/** Puts a message into Anna's inbox as if it had come from outside and were proven to be the sender's: there is no DNS here. */
async function checked(message: string): Promise<void> {
  const anna = demo.account('anna')
  const headers = { Authorization: `Basic ${Buffer.from(`${anna.address}:${anna.password}`).toString('base64')}` }
  const accountId = await accountOf(demo, anna, anna.address)
  const session = (await (await fetch(`${demo.ready.http_url}/jmap/session`, { headers })).json()) as { capabilities: Record<string, { authenticationServer?: string }> }
  const server = session.capabilities['urn:x-postroom:remote-images']!.authenticationServer
  const body = `Authentication-Results: ${server};\n\tdmarc=pass header.from=elsewhere.test\n${message}`.replaceAll(/\r?\n/g, '\r\n')
  const upload = await fetch(`${demo.ready.http_url}/jmap/upload/${accountId}/`, { method: 'POST', headers: { ...headers, 'Content-Type': 'message/rfc822' }, body })
  const { blobId } = (await upload.json()) as { blobId: string }
  const { list } = await call<{ list: { id: string; role: string | null }[] }>(demo, anna, 'Mailbox/get', { accountId, ids: null })
  const inbox = list.find((m) => m.role === 'inbox')!.id
  await call(demo, anna, 'Email/import', { accountId, emails: { m: { blobId, mailboxIds: { [inbox]: true } } } })
}

const shades = ['#d7e8e4', '#e9dcc7', '#d9dcef']

/** A tab in which the server gives pictures, which it could not fetch without a network; and what it was asked for. */
async function pictured(look: Look = {}): Promise<{ tab: Tab; asked: string[] }> {
  const tab = await openTab(browser, demo, look)
  const asked: string[] = []
  const painter = await browser.newPage()
  const paint = async (shade: string) => Buffer.from(((await painter.evaluate(`(() => { const c = document.createElement('canvas'); c.width = 360; c.height = 120; const g = c.getContext('2d'); g.fillStyle = '${shade}'; g.fillRect(0, 0, 360, 120); return c.toDataURL('image/png') })()`)) as string).split(',')[1]!, 'base64')
  const bodies = await Promise.all(shades.map(paint))
  await painter.close()
  await tab.context.route('**/jmap/image/**', (route) => {
    const url = new URL(route.request().url()).searchParams.get('url')!
    asked.push(url)
    if (url.includes('gone')) return route.fulfill({ status: 503, body: '{}' })
    return route.fulfill({ status: 200, contentType: 'image/png', body: bodies[asked.length % bodies.length]! })
  })
  return { tab, asked }
}

async function openNews(tab: Tab, n: number) {
  const { page } = tab
  await page.locator('.row').filter({ hasText: `News of the week ${n}` }).first().click()
  await page.getByRole('heading', { level: 2, name: `News of the week ${n}` }).waitFor()
  const body = page.locator('.body-frame').contentFrame().locator('body')
  await body.getByText('What is new').waitFor()
  return body
}

test('pictures from elsewhere come through the server, when they are asked for', { timeout: 120_000 }, async () => {
  const { tab, asked } = await pictured()
  const { page } = tab
  await signIn(tab, demo.account('anna'))
  const body = await openNews(tab, 1)
  await page.getByText('4 pictures are elsewhere').waitFor()
  expect(await inaccessible(page)).toEqual([])
  expect(asked).toEqual([])

  await page.getByRole('button', { name: 'Show pictures' }).click()
  await page.getByText('One picture could not be fetched.').waitFor()
  await until(() => asked.toSorted()).toEqual(['//pictures.test/three.png', 'http://pictures.test/gone.png', 'http://pictures.test/one.png', 'http://pictures.test/two.png'])
  const one = body.getByAltText('first')
  await expect.poll(() => one.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(360)
  for (const place of ['table', 'td']) await until(() => body.locator(place).evaluate((e) => getComputedStyle(e).backgroundImage)).toMatch(/^url\("blob:/)

  // Once is once; another message asks again.
  await openNews(tab, 2)
  await page.getByText('4 pictures are elsewhere').waitFor()
  expect(asked.length).toBe(4)

  // Always is for every message of this sender, in every browser of this person.
  await page.getByRole('button', { name: 'Always from news@elsewhere.test' }).click()
  await page.getByText('Pictures from news@elsewhere.test are always shown.').waitFor()
  const other = await pictured()
  await signIn(other.tab, demo.account('anna'))
  await openNews(other.tab, 1)
  await other.tab.page.getByText('Pictures from news@elsewhere.test are always shown.').waitFor()
  await expect.poll(() => other.asked.length).toBe(4)
  // One that only says to be from them asks, and says why.
  await openNews(other.tab, 3)
  await other.tab.page.getByText(/it is not proven that this message is from them/).waitFor()
  expect(await other.tab.page.getByRole('button', { name: /^Always/ }).count()).toBe(0)
  expect(other.asked.length).toBe(4)
  await openNews(other.tab, 1)
  await until(() => other.asked.length).toBe(8)
  await other.tab.page.getByRole('button', { name: 'Ask again' }).click()
  await openNews(other.tab, 2)
  await other.tab.page.getByRole('button', { name: 'Show pictures' }).waitFor()
  await openNews(other.tab, 3)
  await openNews(other.tab, 2)
  await other.tab.page.getByRole('button', { name: 'Show pictures' }).waitFor()
  expect(other.asked.length).toBe(8)

  for (const { strays, complaints } of [tab, other.tab]) expect([...strays, ...complaints]).toEqual([])
  await tab.context.close()
  await other.tab.context.close()
})

/** Without anything in between: what the server itself says. It reaches nothing here, as it should. */
test('the server fetches nothing from this machine', async () => {
  const tab = await openTab(browser, demo)
  await deliver(demo, 'ben@example.test', compose({ subject: 'Inside', html: `<img src="${demo.ready.http_url}/favicon.svg"><img src="http://127.0.0.1:22/">` }))
  await signIn(tab, demo.account('ben'))
  const { page } = tab
  await page.locator('.row').filter({ hasText: 'Inside' }).first().click()
  await page.getByRole('button', { name: 'Show pictures' }).click()
  await page.getByText('2 pictures could not be fetched.').waitFor()
  expect(tab.strays).toEqual([])
  await tab.context.close()
})

const wanted = process.env['POSTROOM_SCREENSHOTS']
const folder = new URL('../../docs/screenshots', import.meta.url).pathname
const looks: Record<string, Look> = { light: {}, dark: { dark: true }, phone: { width: 390, height: 844 }, german: { locale: 'de-DE' } }

test.skipIf(!wanted).each(Object.entries(looks))('how it looks, %s', { timeout: 60_000 }, async (name, look) => {
  mkdirSync(folder, { recursive: true })
  const { tab } = await pictured(look)
  await signIn(tab, demo.account('anna'))
  await openNews(tab, 1)
  await tab.page.locator('.body-blocked .button').first().waitFor()
  await tab.page.screenshot({ path: `${folder}/pictures-${name}.png` })
  await tab.page.locator('.body-blocked .button').first().click()
  const first = tab.page.locator('.body-frame').contentFrame().getByAltText('first')
  await expect.poll(() => first.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(360)
  if (name === 'light') await tab.page.screenshot({ path: `${folder}/pictures-shown-${name}.png` })
  await tab.context.close()
})
