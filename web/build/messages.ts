import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileMessage } from '@lingui/message-utils/compileMessage'
import type { Plugin } from 'vite'

const prefix = 'virtual:messages/'

/** The catalogue of a language: every JSON file of its folder in one, in ICU MessageFormat. */
export function readMessages(root: string, language: string): Record<string, string> {
  const folder = join(root, 'src/i18n', language)
  const all: Record<string, string> = {}
  for (const name of readdirSync(folder).filter((n) => n.endsWith('.json')).sort()) {
    const part = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, string>
    for (const [id, text] of Object.entries(part)) {
      if (id in all) throw new Error(`${language}/${name}: ${id} is there twice`)
      all[id] = text
    }
  }
  return all
}

/** Compiles catalogues while building: the browser needs no parser for messages. */
export function messages(): Plugin {
  let root = ''
  return {
    name: 'postroom-messages',
    configResolved(config) {
      root = config.root
    },
    resolveId(id) {
      return id.startsWith(prefix) ? `\0${id}` : undefined
    },
    load(id) {
      if (!id.startsWith(`\0${prefix}`)) return undefined
      const language = id.slice(prefix.length + 1)
      const compiled: Record<string, unknown> = {}
      for (const [key, text] of Object.entries(readMessages(root, language))) {
        compiled[key] = compileMessage(text, (value) => value)
      }
      for (const name of readdirSync(join(root, 'src/i18n', language))) {
        this.addWatchFile(join(root, 'src/i18n', language, name))
      }
      return `export default ${JSON.stringify(compiled)}`
    },
  }
}
