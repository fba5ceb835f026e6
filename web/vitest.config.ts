import { defineConfig } from 'vitest/config'
import { messages } from './build/messages.ts'

export default defineConfig({
  plugins: [messages()],
  test: { include: ['src/**/*.test.ts', 'test/**/*.test.ts'], environment: 'node' },
})
