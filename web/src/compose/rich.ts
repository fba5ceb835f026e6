import { type Node, quiet } from './quote.ts'

/** Plain text as the editor has it: a paragraph for each line, lines that begin with > in block quotations. */
export function richOf(text: string): string {
  if (text === '') return ''
  let out = ''
  let depth = 0
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const mark = /^(?:> ?)+/.exec(line)?.[0] ?? ''
    const level = Math.min(mark.replaceAll(' ', '').length, 20)
    out += level > depth ? '<blockquote>'.repeat(level - depth) : '</blockquote>'.repeat(depth - level)
    depth = level
    out += `<p>${escaped(line.slice(mark.length))}</p>`
  }
  return out + '</blockquote>'.repeat(depth)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Whether there is anything in it that plain text cannot say. */
export function hasFormatting(html: string): boolean {
  return /<(?!\/?(?:p|br|blockquote|a)\b)/.test(html)
}

/** As it is sent: a paragraph of the editor is one line, for which mail has div. */
export function sentHTML(html: string): string {
  return html.replaceAll('<p></p>', '<div><br></div>').replaceAll('<p>', '<div>').replaceAll('</p>', '</div>')
}

/** What sentHTML made, as the editor has it. */
export function readHTML(html: string): string {
  return quiet(html).replace(/<div><br ?\/?><\/div>/g, '<p></p>').replaceAll('<div>', '<p>').replaceAll('</div>', '</p>')
}

/** The HTML of the editor as plain text, line by line. */
export function linesOf(root: Node): string {
  const lines: string[] = []
  const block = (node: Node, before: string, first: string): void => {
    let lead = first
    let inline = ''
    let open = false
    const flush = () => {
      for (const line of inline.split('\n')) {
        lines.push(`${lead}${line}`.replace(/^(>+) $/, '$1'))
        lead = before
      }
      inline = ''
      open = false
    }
    let number = 0
    for (const child of node.childNodes) {
      const name = child.nodeName.toUpperCase()
      if (!['P', 'DIV', 'BLOCKQUOTE', 'UL', 'OL', 'LI'].includes(name)) {
        inline += words(child)
        open = true
        continue
      }
      if (open) flush()
      number++
      if (name === 'P' || name === 'DIV') {
        inline = [...child.childNodes].map(words).join('')
        flush()
      } else if (name === 'BLOCKQUOTE') block(child, quoteMark(before), quoteMark(lead))
      else if (name === 'LI') {
        const mark = node.nodeName.toUpperCase() === 'OL' ? `${number}. ` : '- '
        block(child, before + ' '.repeat(mark.length), lead + mark)
      } else block(child, before, lead)
      lead = before
    }
    if (open) flush()
  }
  block(root, '', '')
  return `${lines.join('\n')}\n`
}

function quoteMark(before: string): string {
  return /^>+ $/.test(before) ? `>${before}` : `${before}> `
}

function words(node: Node): string {
  if (node.nodeType === 3) return node.nodeValue ?? ''
  if (node.nodeName.toUpperCase() === 'BR') return '\n'
  return [...node.childNodes].map(words).join('')
}
