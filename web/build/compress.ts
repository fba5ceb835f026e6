import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

/** Writes beside each text file its compressed forms, for the server to send as they are. */
export function compress(): Plugin {
  let out = ''
  return {
    name: 'postroom-compress',
    apply: 'build',
    configResolved(config) {
      out = join(config.root, config.build.outDir)
    },
    closeBundle() {
      for (const name of readdirSync(out, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(?:js|css|svg|html)$/.test(name)) continue
        const path = join(out, name)
        const body = readFileSync(path)
        const forms = {
          '.br': brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }),
          '.gz': gzipSync(body, { level: 9 }),
        }
        for (const [suffix, small] of Object.entries(forms)) {
          if (small.length < body.length) writeFileSync(path + suffix, small)
        }
      }
    },
  }
}
