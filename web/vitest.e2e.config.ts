import { basename } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// What takes longest begins first, so that nothing long is left over at the end.
const long = ['wcag', 'confirm', 'compose', 'keyboard', 'team', 'tree', 'direction', 'provider']

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => (long.indexOf(basename(moduleId, '.test.ts')) + 1 || long.length + 1)
    return [...files].sort((a, b) => place(a) - place(b))
  }
}

// The browser tests. Much of each is waiting, so two files run at a time; each has a server and a browser of its own.
export default defineConfig({
  test: {
    include: ['e2e/**/*.test.ts'], environment: 'node', maxWorkers: 2, testTimeout: 120_000, hookTimeout: 120_000, expect: { poll: { timeout: 30_000 } },
    sequence: { sequencer: LongestFirst },
  },
})
