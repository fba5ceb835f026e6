import { defineConfig } from 'vitest/config'

// The browser tests: one server and one browser at a time.
export default defineConfig({
  test: { include: ['e2e/**/*.test.ts'], environment: 'node', fileParallelism: false, testTimeout: 60_000, hookTimeout: 120_000 },
})
