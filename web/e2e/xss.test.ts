import { expect, test } from 'vitest'
import { Colleague } from './colleague.ts'
import { compose, deliver, imap } from './deliver.ts'
import { openTab, painted, signIn, stage, until } from './demo.ts'

const { demo, browser } = await stage()

const bad = 'top.pwned=1;window.pwned=1;alert(1)'
const away = 'http://away.test'

/** What has got past somebody's cleaning before, by the way it takes. */
const corpus: Record<string, string> = {
  'a script': `<script>${bad}</script><script src="${away}/s.js"></script>`,
  'handlers': `<img src=x onerror="${bad}"><body onload="${bad}"><svg onload="${bad}"><details open ontoggle="${bad}"><div onpointerover="${bad}" style="position:fixed;inset:0">x</div>`,
  'addresses that run': `<a href="javascript:${bad}" id="go">a</a><a href="jav&#x09;ascript:${bad}">b</a><a href=" data:text/html,<script>${bad}</script>">c</a><a href="vbscript:x">d</a>`,
  'frames': `<iframe src="javascript:${bad}"></iframe><iframe srcdoc="<script>${bad}</script>"></iframe><object data="${away}/o"></object><embed src="${away}/e"><frameset><frame src="${away}/f"></frameset>`,
  'svg': `<svg><script>${bad}</script><animate attributeName=href values="javascript:${bad}" /><a><rect width=9 height=9 /></a><feImage href="${away}/fe" /><image href="${away}/i" /><use href="${away}/u#x" /><foreignObject><iframe src="${away}/fo"></iframe></foreignObject></svg>`,
  'mathml': `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${bad}&gt;"></mglyph></table></mtext></math>`,
  'nested forms': `<form><math><mtext></form><form><mglyph><style></math><img src onerror="${bad}"></style></mglyph></form>`,
  'noscript': `<noscript><p title="</noscript><img src=x onerror=${bad}>"></noscript>`,
  'a template': `<template><img src=x onerror="${bad}"></template><template shadowrootmode=open><script>${bad}</script></template>`,
  'clobbering': `<form id=body name=attributes><input name=childNodes><input name=parentNode></form><img name=getElementById><a id=contentDocument href="${away}">x</a>`,
  'a base, a refresh, a sheet': `<base href="${away}/"><meta http-equiv=refresh content="0;url=${away}/m"><link rel=stylesheet href="${away}/l.css"><link rel=prefetch href="${away}/p"><link rel=dns-prefetch href="//away.test">`,
  'styles that fetch': `<style>@import "${away}/i.css";@font-face{font-family:x;src:url(${away}/f)}p{background:url(${away}/b);list-style:url("${away}/l");cursor:image-set("${away}/c" 1x)}</style><p style="background:url(${away}/s)">x</p><p style="background:u\\72l(${away}/e);font-family:x">y</p><div style="content:url('${away}/c')">z</div>`,
  'a style that ends early': `<style><img src="</style><img src=x onerror=${bad}//"></style>`,
  'pictures that fetch': `<img src="${away}/1.gif"><img srcset="${away}/2.gif 1x"><picture><source srcset="${away}/3.gif"><img src="//away.test/4.gif"></picture><table background="${away}/5.gif"><td background="${away}/6.gif">x</table><input type=image src="${away}/7.gif"><video poster="${away}/8.gif" src="${away}/9"></video><audio src="${away}/10"></audio><img src="/auth/sign-out"><img src="data:image/svg+xml,<svg onload='${bad}'/>">`,
  'forms': `<form action="${away}/f" id=f><input name=password><button formaction="javascript:${bad}">x</button></form><button form=f type=submit>y</button><isindex action="${away}/i">`,
  'pings': `<a href="https://example.test/" ping="${away}/ping">x</a><area href="${away}/a"><a href="#" popovertarget=p>p</a>`,
  'comments and sections': `<!--><img src=x onerror="${bad}">--><![CDATA[<img src=x onerror="${bad}">]]><?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">${bad}</x:script>`,
  'deep nesting': `${'<div>'.repeat(600)}<img src=x onerror="${bad}">${'</div>'.repeat(600)}`,
  'a style over everything': `<div style="position:fixed;inset:0;z-index:99999;background:red">sign in again <a href="${away}">here</a></div>`,
}

const texts = [`<img src=x onerror=${bad}>`, `"><script>${bad}</script>`, `{{constructor.constructor('${bad}')()}}`, `javascript:${bad}`, `</title><svg onload=${bad}>`]

test('nothing in a message runs or fetches', { timeout: 240_000 }, async () => {
  for (const [name, html] of Object.entries(corpus)) await deliver(demo, 'anna@example.test', compose({ subject: `Corpus: ${name}`, html }))
  for (const [i, text] of texts.entries()) {
    await deliver(demo, 'anna@example.test', compose({
      subject: `Text ${i} ${text}`, from: `"${text.replaceAll('"', "'")}" <x${i}@elsewhere.test>`, text: `${text}\n> ${text}\nhttps://example.test/"onmouseover=${bad}`,
      attachment: { name: `${text}.html`, type: 'text/html', body: `<script>${bad}</script>` },
    }))
  }
  await imap(demo, demo.account('anna'), texts.slice(0, 2).map((text) => `CREATE "${text.replaceAll('/', '').replaceAll('"', "'")}"`))

  const tab = await openTab(browser, demo)
  const { page } = tab
  const dialogs: string[] = []
  tab.context.on('page', (other) => dialogs.push(`opened ${other.url()}`))
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  await signIn(tab, demo.account('anna'))
  const place = page.url().split('#')[0]
  for (const subject of [...Object.keys(corpus).map((name) => `Corpus: ${name}`), ...texts.map((_, i) => `Text ${i} `)]) {
    const row = page.getByRole('row').filter({ hasText: subject }).first()
    await page.keyboard.press('g')
    await page.keyboard.press('l')
    for (let i = 0; i < 40 && !(await row.isVisible()); i++) {
      await page.keyboard.press('PageDown')
      await painted(page)
      await until(() => page.locator('.row-blank').count()).toBe(0) // what stands there may be on its way
    }
    await row.click({ position: { x: 120, y: 20 } })
    await page.getByRole('heading', { level: 2, name: subject.trim() }).waitFor()
    if (subject.startsWith('Corpus')) {
      const body = page.locator('.body-frame').last().contentFrame().locator('body')
      await body.waitFor({ state: 'attached' })
      await expect.poll(() => page.evaluate(`[...document.querySelectorAll('.body-frame')].every((f) => f.contentDocument?.head.querySelector('style'))`)).toBe(true)
      // Pictures are asked of our server, which finds none here.
      for (const show of await page.getByRole('button', { name: 'Show pictures' }).all()) await show.click()
      expect(await body.locator('script, iframe, object, embed, form, input, button, link, meta, base, template, [onerror], [onload], [href^="javascript"]').count(), subject).toBe(0)
      for (const link of await body.locator('a').all()) if (await link.isVisible()) await link.hover({ timeout: 500, force: true }).catch(() => {})
    }
  }
  for (const frame of page.frames()) expect(await frame.evaluate('typeof globalThis.pwned').catch(() => 'undefined')).toBe('undefined')
  expect(dialogs).toEqual([])
  expect(tab.strays).toEqual([])
  // HTML is parsed, to be cleaned, under the policy of its page, which says what it would have forbidden. Besides that nothing
  // came as far as being forbidden.
  expect(tab.complaints.filter((text) => !/^Blocked script execution|^Setting the document's base URI/.test(text))).toEqual([])
  expect(page.url().split('#')[0]).toBe(place)
  await tab.context.close()
})

test('nothing runs of what a colleague of fewer rights writes: notes, a name, keywords, a draft', { timeout: 120_000 }, async () => {
  await demo.run(['account', 'set', 'cleo@example.test', '--name', texts[0]!])
  await demo.run(['grant', 'add', 'info@example.test', 'cleo@example.test', 'rwi'])
  const cleo = await Colleague.at(demo, demo.account('cleo'), 'info@example.test')
  await deliver(demo, 'info@example.test', compose({ subject: 'Written by a colleague', to: 'info@example.test' }))
  const thread = await cleo.thread('Written by a colleague')
  const notes = [...Object.values(corpus), ...texts].map((text, i) => [`n${i}`, { threadId: thread, text: `@${texts[0]} ${text}`.slice(0, 8000), mentions: ['anna@example.test', 'cleo@example.test'] }])
  await cleo.call('Note/set', { create: Object.fromEntries(notes) })
  // An address that is nobody's: <img src=x onerror=top.pwned=1>@example.test, as a keyword has it.
  const word = [...`<img src=x onerror=top.pwned=1>@example.test`].map((c) => (/[\s=]/.test(c) ? `=${c.charCodeAt(0).toString(16)}` : c)).join('')
  await imap(demo, demo.account('cleo'), ['SELECT "Shared/info@example.test/INBOX"', `STORE * +FLAGS.SILENT ($assigned $assigned:${word})`])
  // It holds for 40 seconds, and is said again where it is looked for.
  const answering = () => cleo.call('Presence/tell', { threadId: thread, activity: 'answering' })
  const boxes = await cleo.call<{ list: { id: string; role: string }[] }>('Mailbox/get', { ids: null })
  const drafts = boxes.list.find((m) => m.role === 'drafts')!.id
  await cleo.call('Email/set', { create: { d: { mailboxIds: { [drafts]: true }, keywords: { $draft: true }, subject: `Draft ${texts[1]}`, from: [{ name: texts[0], email: 'info@example.test' }], bodyStructure: { type: 'text/html', partId: '1' }, bodyValues: { 1: { value: Object.values(corpus).slice(0, 8).join('') } } } } })

  const tab = await openTab(browser, demo)
  const { page } = tab
  const dialogs: string[] = []
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  await signIn(tab, demo.account('anna'))
  const folders = page.locator('.folders section').filter({ has: page.getByRole('button', { name: 'info@example.test', exact: false }) })
  await folders.locator('a.folder').first().click()
  const row = page.getByRole('row').filter({ hasText: 'Written by a colleague' }).first()
  await answering()
  await row.locator('.row-presence').waitFor()
  await row.click({ position: { x: 120, y: 20 } })
  await until(() => page.locator('.note').count()).toBe(notes.length)
  expect(await page.locator('.note-text').locator('script, img, iframe, svg, a, [onerror], [onload], [style]').count()).toBe(0)
  expect(await page.locator('.note-text').first().textContent()).toContain(texts[0])
  await page.getByRole('button', { name: /^Mentions in notes/ }).click()
  await page.locator('.mention-offer').first().waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('p')
  await page.getByRole('menuitemradio').first().waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('menu').waitFor({ state: 'detached' })
  await answering()
  await page.keyboard.press('r')
  await page.locator('.composer .collision').waitFor()
  await page.locator('.composer-text').waitFor()
  await page.keyboard.press('Escape')
  await page.locator('.composer').waitFor({ state: 'detached' })
  await folders.locator('a.folder').nth(1).click()
  await page.getByRole('row').filter({ hasText: 'Draft' }).first().click({ position: { x: 120, y: 20 } })
  await page.locator('.composer-text').waitFor()
  expect(await page.locator('.composer-text').locator('script, img, iframe, svg, [onerror], [onload]').count()).toBe(0)
  for (const frame of page.frames()) expect(await frame.evaluate('typeof globalThis.pwned').catch(() => 'undefined')).toBe('undefined')
  expect(dialogs).toEqual([])
  expect(tab.strays).toEqual([])
  // The HTML of a draft is parsed apart from the page, and under its policy: styles in it are forbidden there already.
  expect(tab.complaints.filter((text) => !/^Blocked script execution|^Applying inline style|^Setting the document's base URI/.test(text))).toEqual([])
  await tab.context.close()
})

/** The second wall by itself: what the page of a message would do with what nobody cleaned. */
test('the page of a message runs and fetches nothing by itself', async () => {
  const tab = await openTab(browser, demo)
  const { page } = tab
  await page.goto('/')
  for (const html of Object.values(corpus)) {
    await page.evaluate(`new Promise((done) => {
      const frame = document.createElement('iframe')
      frame.sandbox = 'allow-same-origin'
      frame.src = '/message.html'
      frame.onload = () => { frame.contentDocument.body.innerHTML = ${JSON.stringify(html)}; setTimeout(done, 60) }
      document.body.append(frame)
    })`)
    await page.evaluate(`document.querySelectorAll('iframe').forEach((f) => f.remove())`)
  }
  expect(await page.evaluate('typeof globalThis.pwned')).toBe('undefined')
  expect(tab.strays).toEqual([])
  await tab.context.close()
})

/** Names that others chose, where an administrator reads them. */
test('nothing in a name runs in the administration', { timeout: 180_000 }, async () => {
  for (const [i, text] of texts.entries()) {
    await demo.run(['account', 'create', `name${i}@example.test`, '--kind', 'shared', '--name', text])
    await demo.run(['group', 'create', `group${i}@example.test`, '--name', text])
    await demo.run(['group', 'add', `group${i}@example.test`, 'cleo@example.test'])
    await demo.run(['share', `name${i}@example.test`, '--with', `group${i}@example.test`, '--preset', 'full+send', '--quiet'])
  }
  const tab = await openTab(browser, demo)
  const { page } = tab
  const dialogs: string[] = []
  tab.context.on('page', (other) => dialogs.push(`opened ${other.url()}`))
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  await signIn(tab, demo.account('admin'))
  const see = async (place: string, text: string) => {
    await page.goto(`/#/admin/${place}`)
    await page.locator('.pages-page').getByText(text).first().waitFor()
  }
  await see('accounts', 'name0@example.test')
  for (const text of texts) expect(await page.locator('.table').textContent()).toContain(text)
  await see('groups', 'group0@example.test')
  await see('audit', 'name0@example.test')
  for (const [i, text] of texts.entries()) {
    await see(`accounts/name${i}%40example.test`, text)
    await see(`accounts/name${i}%40example.test/delegates`, `group${i}@example.test`)
    await see(`groups/group${i}%40example.test`, text)
    await see(`access/cleo%40example.test/name${i}%40example.test`, `group${i}@example.test`)
  }
  // and what is put into an address by who sends a link
  for (const text of texts) {
    await page.goto(`/#/admin/accounts/${encodeURIComponent(text)}`)
    await page.locator('.pages-page .blank').getByText(/no such account|There is no such page/).waitFor()
    await page.goto(`/#/admin/access/${encodeURIComponent(text)}/${encodeURIComponent(text)}`)
    await page.locator('.pages-page form').waitFor()
  }
  expect(await page.evaluate('typeof globalThis.pwned')).toBe('undefined')
  expect(dialogs).toEqual([])
  expect(tab.strays).toEqual([])
  expect(tab.complaints).toEqual([])
  await tab.context.close()
})
