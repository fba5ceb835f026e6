import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compress } from './build/compress.ts'
import { messages } from './build/messages.ts'
import { preload } from './build/preload.ts'

// `npm run dev` serves the client and passes the rest on to a running `postroom demo`.
const server = process.env['POSTROOM_URL'] ?? 'http://127.0.0.1:10080'

export default defineConfig({
  plugins: [react(), messages(), preload('/src/page.tsx'), compress()],
  build: {
    target: ['chrome120', 'firefox121', 'safari17'],
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 800,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: Object.fromEntries(['/jmap', '/auth', '/admin/v1', '/.well-known', '/message.html', '/services'].map((path) => [path, { target: server, changeOrigin: true }])),
  },
})
