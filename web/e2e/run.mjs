// npm run e2e [-- FILE...]: the browser tests. A file that fails is run once more, with nothing beside it: several browsers
// and servers on two processors make some tests wait longer than people would. What passes only then is named at the end, with its
// first failure above: it is shaky, and to be mended. What fails twice fails.
import { relative } from 'node:path'
import { parseCLI, startVitest } from 'vitest/node'

const { filter, options } = parseCLI(['vitest', 'run', '--config', 'vitest.e2e.config.ts', ...process.argv.slice(2)])

/** Runs files, and tells which failed; null when something failed that belongs to none. */
async function failed(files, more = {}) {
  const vitest = await startVitest('test', files, { ...options, run: true, watch: false, ...more })
  const bad = new Set(vitest.state.getTestModules().filter((module) => !module.ok()).map((module) => module.moduleId))
  const errors = vitest.state.getUnhandledErrors()
  for (const error of errors) if (error.VITEST_TEST_PATH) bad.add(error.VITEST_TEST_PATH)
  const strange = errors.some((error) => !error.VITEST_TEST_PATH) || (process.exitCode && bad.size === 0)
  await vitest.close()
  return strange ? null : [...bad].map((file) => relative(process.cwd(), file))
}

const first = await failed(filter)
if (first?.length) {
  process.exitCode = 0
  process.stdout.write(`\nOnce more, one at a time: ${first.join(' ')}\n`)
  const second = await failed(first, { maxWorkers: 1 })
  if (second?.length === 0) process.stdout.write(`\nSHAKY (failed first, passed alone): ${first.join(' ')}\n`)
}
process.exit(process.exitCode ?? 0)
