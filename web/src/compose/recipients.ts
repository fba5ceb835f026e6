import type { Address } from '../jmap/types.ts'

/** Addresses in a text as one types or pastes it: separated by commas, semicolons or lines. */
export function parseRecipients(text: string): Address[] {
  return pieces(text).map(readRecipient)
}

/** Parts of a list; separators in quotes and angle brackets do not count. */
function pieces(text: string): string[] {
  const found: string[] = []
  let piece = ''
  let quoted = false
  let angled = false
  for (const char of text) {
    if (char === '"') quoted = !quoted
    else if (!quoted && char === '<') angled = true
    else if (!quoted && char === '>') angled = false
    if (!quoted && !angled && (char === ',' || char === ';' || char === '\n' || char === '\r')) {
      found.push(piece)
      piece = ''
    } else piece += char
  }
  found.push(piece)
  return found.map((p) => p.trim()).filter((p) => p !== '')
}

function readRecipient(piece: string): Address {
  const match = /^(.*?)\s*<\s*([^<>]*?)\s*>$/s.exec(piece)
  if (!match) return { name: null, email: piece.replace(/^mailto:/i, '') }
  const name = match[1]!.replace(/^"(.*)"$/s, '$1').replaceAll('\\"', '"').trim()
  return { name: name || null, email: match[2]!.replace(/^mailto:/i, '') }
}

/** Whether it can be an address; whether there is such a mailbox, the server knows. */
export function isAddress(email: string): boolean {
  return /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/.test(email) && !/^\.|\.\.|\.@|@\.|@-|\.$/.test(email) && email.length <= 254
}

/** An address as one reads and types it. */
export function formatRecipient({ name, email }: Address): string {
  if (!name) return email
  return /^[\p{L}\p{N} .'_-]+$/u.test(name) ? `${name} <${email}>` : `"${name.replaceAll('"', '\\"')}" <${email}>`
}

export function sameAddress(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/** The list without those that are in another, and each once. */
export function without(list: readonly Address[], others: Iterable<string>): Address[] {
  const seen = new Set([...others].map((email) => email.toLowerCase()))
  return list.filter(({ email }) => {
    const key = email.toLowerCase()
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
