import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileMessage } from '@lingui/message-utils/compileMessage'
import type { Plugin } from 'vite'

const prefix = 'virtual:messages/'

/** Subjects whose texts are loaded with what shows them (withTexts in src/i18n/text.ts). */
const late: readonly string[] = ['admin.json', 'contacts.json', 'settings.json', 'signin.json']

/** Which texts of a language: those loaded with the page, those loaded later, or all of them. */
export type Part = 'first' | 'late' | 'all'

/** The catalogue of a language: JSON files of its folder in one, in ICU MessageFormat. */
export function readMessages(root: string, language: string, part: Part = 'all'): Record<string, string> {
  const folder = join(root, 'src/i18n', language)
  const all: Record<string, string> = {}
  const names = readdirSync(folder).filter((name) => name.endsWith('.json') && (part === 'all' || late.includes(name) === (part === 'late')))
  for (const name of names.sort()) {
    const subject = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, string>
    for (const [id, text] of Object.entries(subject)) {
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
      const [language = '', part] = id.slice(prefix.length + 1).split('/')
      const compiled: Record<string, unknown> = {}
      for (const [key, text] of Object.entries(readMessages(root, language, part === 'late' ? 'late' : 'first'))) {
        compiled[key] = compileMessage(text, (value) => value)
      }
      for (const name of readdirSync(join(root, 'src/i18n', language))) {
        this.addWatchFile(join(root, 'src/i18n', language, name))
      }
      return `export default ${JSON.stringify(compiled)}`
    },
  }
}
