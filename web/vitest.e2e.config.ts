import { defineConfig } from 'vitest/config'

// The browser tests. Much of each is waiting, so two files run at a time; each has a server and a browser of its own.
export default defineConfig({
  test: { include: ['e2e/**/*.test.ts'], environment: 'node', maxWorkers: 2, testTimeout: 120_000, hookTimeout: 120_000, expect: { poll: { timeout: 30_000 } } },
})
