import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { Demo, openTab, signIn, startBrowser } from './demo.ts'

const count = Number(process.env['POSTROOM_SPEED'] ?? 2000)

/** An mbox file of so many messages. */
async function writeMbox(path: string, messages: number): Promise<void> {
  const out = createWriteStream(path)
  for (let i = 0; i < messages; i++) {
    const at = new Date(Date.UTC(2020, 0, 1) + i * 600_000).toUTCString().replace('GMT', '+0000')
    const text = `From x@elsewhere.test Thu Jan  1 00:00:00 2020\nFrom: Sender ${i % 97} <s${i % 97}@elsewhere.test>\nTo: anna@example.test\nSubject: Message number ${i}\nDate: ${at}\nMessage-ID: <${i}@elsewhere.test>\n\nThis is message number ${i}.\n\n`
    if (!out.write(text)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
}

/**
 * Measures, in the page, until the frame is painted that answers what was done
 * (what was pressed shows it, rows stand where they belong, if still empty), and
 * until the one in which what was asked for is there.
 */
const timed = (act: string, answer: string, done: string) => `new Promise((resolve, reject) => {
  const start = performance.now()
  const painted = (then) => requestAnimationFrame(() => {
    const channel = new MessageChannel()
    channel.port1.onmessage = () => then(performance.now() - start)
    channel.port2.postMessage(0)
  })
  const until = (is) => new Promise((there) => {
    const look = () => is() ? painted(there) : performance.now() - start > 30_000 ? reject(new Error(document.body.innerText)) : setTimeout(look, 1)
    look()
  })
  ;${act};
  Promise.all([until(() => (${answer}) || (${done})), until(() => (${done}))]).then(resolve)
})`

/**
 * Whether a request is one of the interaction itself. The others fetch what a push has told, and how
 * many of them there are depends on when it came.
 */
function asks(body: string | null): boolean {
  const { methodCalls } = JSON.parse(body ?? '{"methodCalls":[]}') as { methodCalls: [string][] }
  return methodCalls.some(([method]) => ['Email/query', 'Email/set', 'Thread/get'].includes(method))
}

/** What a page that is opened for the first time took to show something, and its first row. */
const painted = `new Promise((resolve) => {
  let row
  const look = () => {
    if (document.querySelector('.row-subject')) row ??= performance.now()
    const [paint] = performance.getEntriesByName('first-contentful-paint')
    row && paint ? resolve([paint.startTime, Math.max(row, paint.startTime)]) : setTimeout(look, 1)
  }
  look()
})`

/**
 * Prints what interactions with a large mailbox take (POSTROOM_SPEED=100000 for
 * one that is large). It asserts no time, but what time is made of: requests and
 * rows on the page.
 */
test('a large mailbox', { timeout: 900_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'postroom-speed-'))
  const [demo, browser] = await Promise.all([Demo.start(), startBrowser()])
  try {
    await writeMbox(join(dir, 'large.mbox'), count)
    await demo.run(['import', 'mbox', join(dir, 'large.mbox'), 'anna@example.test:/Archive'])
    const tab = await openTab(browser, demo)
    const { page } = tab
    let [requests, waiting, last] = [0, 0, Date.now()]
    const calls = (url: string) => url.endsWith('/jmap/api')
    page.on('request', (request) => {
      if (!calls(request.url())) return
      waiting++
      if (asks(request.postData())) requests++
    })
    const over = (request: { url(): string }) => calls(request.url()) && (waiting--, (last = Date.now()))
    page.on('requestfinished', over)
    page.on('requestfailed', over)
    /** Nothing has been asked for a while. */
    const quiet = () => expect.poll(() => waiting === 0 && Date.now() - last > 200, { timeout: 60_000 }).toBe(true)
    await signIn(tab, demo.account('anna'))
    await page.locator('.folder', { hasText: 'Archive' }).first().waitFor()
    const print = (name: string, ms: number, more = '') => process.stdout.write(`${name.padEnd(34)}${ms.toFixed(0).padStart(7)} ms${more}\n`)
    /** Does something, says how long it took to answer and to be done, and holds it to a number of requests. */
    const measure = async (name: string, most: number, act: string, answer: string, done = answer) => {
      await quiet()
      requests = 0
      const [answered, ms] = (await page.evaluate(timed(act, answer, done))) as [number, number]
      await quiet()
      print(name, answered, `${ms.toFixed(0).padStart(7)} ms, ${requests} requests`)
      expect(requests, name).toBeLessThanOrEqual(most)
      expect(await page.locator('.row').count(), name).toBeLessThan(60)
    }
    await page.evaluate(`window.longest = 0; new PerformanceObserver((list) => { for (const e of list.getEntries()) window.longest = Math.max(window.longest, e.duration) }).observe({ type: 'longtask' })`)
    const folder = `[...document.querySelectorAll('.folder')].find((f) => f.textContent.startsWith('Archive'))`
    const subject = `document.querySelector('.conversation-subject')?.textContent`
    const rows = `document.querySelectorAll('.row-subject').length`
    const first = `document.querySelector('.row-subject')?.textContent`
    const row = (number: number) => `document.querySelector('[aria-rowindex="${number}"]`
    await measure('open the mailbox', 1, `${folder}.click()`, `document.querySelector('h1')?.textContent === 'Archive'`, `${first} === 'Message number ${count - 1}'`)
    await measure('select a row', 0, `document.querySelector('.row .choice').click()`, `document.querySelector('.row[aria-selected=true]')`)
    await measure('clear the selection', 0, `document.querySelector('[data-all]').click()`, `!document.querySelector('.row[aria-selected=true]')`)
    await measure('scroll by a page', 1, `document.querySelector('.list-scroller').scrollTop += 700`, `${row(20)}')`, `${row(20)} .row-subject')`)
    await measure('jump to the middle', 3, `document.querySelector('.list-scroller').scrollTop = document.querySelector('.list').offsetHeight / 2`, `Number(document.querySelector('.row').getAttribute('aria-rowindex')) > ${Math.floor(count / 3)}`, `${rows} > 5 && Number(document.querySelector('.row:has(.row-subject)').getAttribute('aria-rowindex')) > ${Math.floor(count / 3)}`)
    await measure('jump to the end', 3, `document.querySelector('.list-scroller').scrollTop = 1e9`, `${row(count)}')`, `${row(count)} .row-subject')`)
    await measure('back to the beginning', 3, `document.querySelector('.list-scroller').scrollTop = 0`, `${row(1)}')`, `${row(1)} .row-subject')`)
    await measure('open a conversation', 2, `${row(2)}').click()`, `${subject} === 'Message number ${count - 2}'`, `document.querySelector('.message-body .body-plain')`)
    await measure('open the next', 2, `${row(3)}').click()`, `${subject} === 'Message number ${count - 3}'`, `${subject} === 'Message number ${count - 3}' && document.querySelector('.message-body .body-plain')`)
    await measure('flag it', 1, `${row(2)} .flag').click()`, `${row(2)} .flag[aria-pressed=true]')`)
    await measure('mark it unread', 1, `document.activeElement.blur(); document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'u', bubbles: true }))`, `${row(3)}[data-unread]')`)
    const press = (key: string) => `document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '${key}', bubbles: true }))`
    await measure('delete a row', 3, `${row(2)} .choice').click(); (function look() { document.querySelector('.row[aria-selected=true]') ? requestAnimationFrame(() => ${press('#')}) : setTimeout(look, 1) })()`, `document.querySelector('.row[aria-selected=true]')`, `${rows} > 5 && [...document.querySelectorAll('.row-subject')].every((s) => s.textContent !== 'Message number ${count - 2}')`)
    await measure('filter: with attachments', 2, `location.hash += (location.hash.includes('?') ? '&' : '?') + 'q=' + encodeURIComponent('has:attachment')`, `document.querySelector('.row-blank')`, `document.querySelector('.list-pane .blank')`)
    print('longest task in the page', Number(await page.evaluate('Math.round(window.longest)')))
    expect(tab.complaints).toEqual([])

    // Again, with nothing of it in the browser.
    const place = page.url().replace(/\?.*/, '')
    const fresh = await browser.newContext({ viewport: { width: 1440, height: 900 }, storageState: await tab.context.storageState() })
    const cold = await fresh.newPage()
    await cold.goto(place)
    const [paint, list] = (await cold.evaluate(painted)) as [number, number]
    print('first paint, nothing cached', paint)
    print('first row, nothing cached', list)
    await fresh.close()
  } finally {
    await browser.close()
    await demo.stop()
    rmSync(dir, { recursive: true, force: true })
  }
})
