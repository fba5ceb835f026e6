import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { Demo, openTab, signIn, startBrowser } from './demo.ts'

const count = Number(process.env['POSTROOM_SPEED'] ?? 0)

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

/** Measures, in the page, until something is there and painted. */
const timed = (act: string, done: string) => `new Promise((resolve) => {
  const start = performance.now();
  const look = () => (${done}) ? requestAnimationFrame(() => resolve(performance.now() - start)) : setTimeout(look, 1);
  ${act};
  look()
})`

/** `POSTROOM_SPEED=100000 npm run e2e -- speed` prints what interactions with a large mailbox take. It asserts no time. */
test.skipIf(count === 0)('a large mailbox', { timeout: 900_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'postroom-speed-'))
  const [demo, browser] = await Promise.all([Demo.start(), startBrowser()])
  try {
    await writeMbox(join(dir, 'large.mbox'), count)
    await demo.run(['import', 'mbox', join(dir, 'large.mbox'), 'anna@example.test:/Archive'])
    const tab = await openTab(browser, demo)
    const { page } = tab
    await signIn(tab, demo.account('anna'))
    await page.locator('.folder', { hasText: 'Archive' }).first().waitFor()
    const measure = async (name: string, act: string, done: string) => {
      const ms = (await page.evaluate(timed(act, done))) as number
      process.stdout.write(`${name.padEnd(34)}${ms.toFixed(0).padStart(7)} ms\n`)
    }
    await page.evaluate(`window.longest = 0; new PerformanceObserver((list) => { for (const e of list.getEntries()) window.longest = Math.max(window.longest, e.duration) }).observe({ type: 'longtask' })`)
    const folder = `[...document.querySelectorAll('.folder')].find((f) => f.textContent.startsWith('Archive'))`
    const rows = `document.querySelectorAll('.row-subject').length`
    const first = `document.querySelector('.row-subject')?.textContent`
    await measure('open the mailbox', `${folder}.click()`, `${first} === 'Message number ${count - 1}'`)
    await measure('select a row', `document.querySelector('.row .choice').click()`, `document.querySelector('.row[aria-selected=true]')`)
    await measure('clear the selection', `document.querySelector('[data-all]').click()`, `!document.querySelector('.row[aria-selected=true]')`)
    await measure('scroll by a page', `document.querySelector('.list-scroller').scrollTop += 700`, `document.querySelector('[aria-rowindex="20"] .row-subject')`)
    await measure('jump to the middle', `document.querySelector('.list-scroller').scrollTop = document.querySelector('.list').offsetHeight / 2`, `${rows} > 5 && Number(document.querySelector('.row:has(.row-subject)').getAttribute('aria-rowindex')) > ${Math.floor(count / 3)}`)
    await measure('jump to the end', `document.querySelector('.list-scroller').scrollTop = 1e9`, `document.querySelector('[aria-rowindex="${count}"] .row-subject')`)
    await measure('back to the beginning', `document.querySelector('.list-scroller').scrollTop = 0`, `document.querySelector('[aria-rowindex="1"] .row-subject')`)
    await measure('open a conversation', `document.querySelector('[aria-rowindex="2"]').click()`, `document.querySelector('.message-body .body-plain')`)
    await measure('flag it', `document.querySelector('[aria-rowindex="2"] .flag').click()`, `document.querySelector('[aria-rowindex="2"] .flag[aria-pressed=true]')`)
    await measure('delete a row', `document.querySelector('[aria-rowindex="2"] .choice').click(); setTimeout(() => document.querySelector('.list-head [aria-keyshortcuts="#"]').click(), 20)`, `!document.querySelector('.list')?.textContent.includes('Message number ${count - 2}.') && document.querySelector('.toast')`)
    process.stdout.write(`longest task in the page${String(await page.evaluate('Math.round(window.longest)')).padStart(17)} ms\n`)
    expect(tab.complaints).toEqual([])
  } finally {
    await browser.close()
    await demo.stop()
    rmSync(dir, { recursive: true, force: true })
  }
})
