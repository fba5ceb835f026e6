import type { BodyPart, Email } from '../jmap/types.ts'

/** The text of a message as plain text. */
export function textOf(email: Email): string {
  const value = (part: BodyPart) => (part.partId ? (email.bodyValues?.[part.partId]?.value ?? '') : '')
  return (email.textBody ?? [])
    .filter((part) => part.type.startsWith('text/') && part.partId)
    .map((part) => (part.type === 'text/html' ? textOfHTML(value(part)) : value(part)))
    .join('\n')
    .replaceAll('\r\n', '\n')
}

/** Each line marked as what somebody else wrote (RFC 3676 §4.5). */
export function quoted(text: string): string {
  return text
    .replace(/\n-- \n[^]*$/, '\n')
    .trimEnd()
    .split('\n')
    .map((line) => (line.startsWith('>') ? `>${line}` : line === '' ? '>' : `> ${line}`))
    .join('\n')
}

const blocks = new Set(['ADDRESS', 'ARTICLE', 'BLOCKQUOTE', 'DIV', 'DL', 'DT', 'DD', 'FIGURE', 'FOOTER', 'FORM', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'HEADER', 'HR', 'LI', 'OL', 'P', 'PRE', 'SECTION', 'TABLE', 'TR', 'UL'])
const silent = new Set(['SCRIPT', 'STYLE', 'TEMPLATE', 'NOSCRIPT', 'HEAD', 'TITLE', 'IFRAME', 'OBJECT', 'SVG', 'MATH'])

/**
 * HTML without the attributes and style sheets that the policy of this page would
 * complain of when it is parsed. It is not what keeps it harmless: the document it is read
 * into runs and fetches nothing, and the editor knows none of them.
 */
export function quiet(html: string): string {
  return html.replace(/<style\b[^>]*>[^]*?(?:<\/style\s*>|$)/gi, '').replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/(?<=[\s/"'])(?:on[\w-]+|style|src|srcdoc|srcset|background|poster)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]*)/gi, ''))
}

/** The words of HTML. The document it is read into runs and fetches nothing. */
export function textOfHTML(html: string): string {
  const page = new DOMParser().parseFromString(quiet(html), 'text/html')
  return plainOf(page.body)
}

/** A node as this reads it: what the browser has, or a test makes. */
export interface Node {
  nodeType: number
  nodeName: string
  nodeValue: string | null
  childNodes: Iterable<Node>
}

export function plainOf(root: Node): string {
  let out = ''
  const newLine = () => {
    out = out.replace(/ +$/, '')
    if (out !== '' && !out.endsWith('\n')) out += '\n'
  }
  const walk = (node: Node, quote: number, pre: boolean, depth: number): void => {
    if (node.nodeType === 3) {
      const text = node.nodeValue ?? ''
      const words = pre ? text : text.replace(/[\t\n\r ]+/g, ' ')
      const mark = '>'.repeat(quote) + (quote > 0 ? ' ' : '')
      if (out === '' || out.endsWith('\n')) {
        const first = words.trimStart()
        if (first !== '') out += mark + first
      } else out += words
      return
    }
    const name = node.nodeName.toUpperCase()
    if (node.nodeType !== 1 || silent.has(name) || depth > 500) return
    if (name === 'BR') {
      out = `${out.replace(/ +$/, '')}\n`
      return
    }
    const block = blocks.has(name)
    if (block) newLine()
    if (name === 'LI') out += `${'>'.repeat(quote)}${quote > 0 ? ' ' : ''}- `
    for (const child of node.childNodes) walk(child, quote + (name === 'BLOCKQUOTE' ? 1 : 0), pre || name === 'PRE', depth + 1)
    if (name === 'TD' || name === 'TH') out += ' '
    if (block) {
      newLine()
      if ((name === 'P' || name === 'BLOCKQUOTE' || /^H\d$/.test(name)) && out !== '' && !out.endsWith('\n\n')) out += '\n'
    }
  }
  walk(root, 0, false, 0)
  return out.replace(/\n{3,}/g, '\n\n').trim()
}
