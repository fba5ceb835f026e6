import { writeFileSync } from 'node:fs'
import { test } from 'vitest'
import { closed, painted, stage } from './demo.ts'
import { administration, furnish, screens } from './screens.ts'

const { demo, opened } = await stage()
await furnish(demo)

const collect = `(() => {
  const out = new Set()
  const walk = (n, bdi) => {
    if (n.nodeType === 3) { const s = n.textContent.trim(); if (s) out.add((bdi ? 'B ' : 'T ') + s); return }
    if (n.nodeType !== 1 || ['SCRIPT','STYLE','svg','IFRAME'].includes(n.tagName)) return
    for (const a of ['aria-label','title','placeholder','alt','aria-description','aria-roledescription','aria-valuetext']) { const v = n.getAttribute(a); if (v) out.add('A ' + a + ' ' + v) }
    if (n.tagName === 'TEXTAREA' || n.tagName === 'INPUT') { if (n.value) out.add('B ' + n.value) }
    for (const c of n.childNodes) walk(c, bdi || n.tagName === 'BDI')
  }
  out.add('T title ' + document.title)
  out.add('T lang ' + document.documentElement.lang)
  walk(document.body, false)
  return [...out]
})()`

test('walk', { timeout: 900_000 }, async () => {
  const lines: string[] = []
  for (const [who, list] of Object.entries({ anna: screens, admin: administration })) {
    const tab = await opened(who, { locale: 'de-DE' })
    for (const { name, open } of list) {
      try { await open(tab.page) } catch (e) { lines.push(`!! ${name} ${String(e).slice(0, 200)}`) }
      await painted(tab.page)
      for (const s of (await tab.page.evaluate(collect)) as string[]) lines.push(`${name}\t${s.replaceAll('\n', ' ').slice(0, 200)}`)
      await tab.page.goto('/services')
    }
    await closed(tab)
  }
  writeFileSync('/tmp/words.walk.txt', lines.join('\n'))
})
