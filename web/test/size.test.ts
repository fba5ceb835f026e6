import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const dist = new URL('../dist', import.meta.url).pathname

/** What the first load of the mail may weigh compressed, in bytes. */
const most = 225_000

// `make test` builds before; without a bundle there is nothing to weigh.
test.skipIf(!existsSync(join(dist, 'index.html')))('the first load of the mail is small', () => {
  const assets = readdirSync(join(dist, 'assets'))
  const page = readFileSync(join(dist, 'index.html'), 'utf8')
  const named = assets.filter((name) => name.endsWith('.js') && (page.includes(name) || name.startsWith('en-')))
  expect(named.length).toBeGreaterThan(1)
  const sum = named.reduce((total, name) => total + statSync(join(dist, 'assets', `${name}.gz`)).size, 0)
  expect(sum).toBeLessThan(most)
})

test.skipIf(!existsSync(join(dist, 'index.html')))('nothing in the page itself runs or styles', () => {
  const page = readFileSync(join(dist, 'index.html'), 'utf8')
  expect(page).not.toMatch(/<script(?![^>]*\ssrc=)/)
  expect(page).not.toMatch(/<style|\sstyle=|\son\w+=/)
})
