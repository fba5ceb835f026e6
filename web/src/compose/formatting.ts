import { getHTMLFromFragment, getSchema } from '@tiptap/react'
import { DOMParser as SchemaParser } from '@tiptap/pm/model'
import { StarterKit } from '@tiptap/starter-kit'
import { quiet } from './quote.ts'

/** What a text may be formatted with: bold, italic, underlined, lists, quotations, links. */
export const formatting = [StarterKit.configure({ heading: false, codeBlock: false, code: false, horizontalRule: false, strike: false, trailingNode: false, link: { openOnClick: false } })]

/**
 * HTML from elsewhere as the editor has it: what it has no words for is left
 * out, so that nothing in it runs or is fetched. The document it is read into
 * does neither.
 */
export function editorHTML(html: string): string {
  const schema = getSchema(formatting)
  const page = new DOMParser().parseFromString(quiet(html), 'text/html')
  return getHTMLFromFragment(SchemaParser.fromSchema(schema).parse(page.body).content, schema)
}
