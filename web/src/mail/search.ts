import type { EmailCondition, Filter } from '../jmap/types.ts'

export const words = ['from', 'to', 'subject', 'before', 'after'] as const
export const marks = ['unread', 'flagged', 'attachment'] as const

export type Word = (typeof words)[number]
export type Mark = (typeof marks)[number]

/** One condition of a search: text anywhere, text in a field, a date, or a mark. */
export type Chip = { is: 'text'; value: string } | { is: Word; value: string } | { is: Mark }

const markWords: Record<string, Mark> = { 'is:unread': 'unread', 'is:flagged': 'flagged', 'has:attachment': 'attachment' }

/** Reads `from:anna is:unread "two words" report`. */
export function parseSearch(text: string): Chip[] {
  const chips: Chip[] = []
  for (const [token] of text.matchAll(/(?:\w+:)?"[^"]*"|\S+/g)) {
    const mark = markWords[token.toLowerCase()]
    if (mark) {
      chips.push({ is: mark })
      continue
    }
    const colon = token.indexOf(':')
    const word = words.find((w) => w === token.slice(0, colon).toLowerCase())
    const value = unquote(word ? token.slice(colon + 1) : token)
    if (value === '') continue
    if (word && (!isDate(word) || /^\d{4}-\d\d-\d\d$/.test(value))) chips.push({ is: word, value })
    else chips.push({ is: 'text', value: unquote(token) })
  }
  return chips
}

export function formatSearch(chips: readonly Chip[]): string {
  return chips.map(formatChip).join(' ')
}

function formatChip(chip: Chip): string {
  switch (chip.is) {
    case 'unread':
    case 'flagged':
      return `is:${chip.is}`
    case 'attachment':
      return 'has:attachment'
    case 'text':
      return quote(chip.value)
    default:
      return `${chip.is}:${quote(chip.value)}`
  }
}

function quote(text: string): string {
  const clean = text.replaceAll('"', '')
  return /[\s:]/.test(clean) ? `"${clean}"` : clean
}

function unquote(text: string): string {
  return text.replaceAll('"', '').trim()
}

export function isDate(word: string): boolean {
  return word === 'before' || word === 'after'
}

function condition(chip: Chip): EmailCondition {
  switch (chip.is) {
    case 'text':
      return { text: chip.value }
    case 'unread':
      return { notKeyword: '$seen' }
    case 'flagged':
      return { hasKeyword: '$flagged' }
    case 'attachment':
      return { hasAttachment: true }
    case 'before':
    case 'after':
      return { [chip.is]: `${chip.value}T00:00:00Z` }
    default:
      return { [chip.is]: chip.value }
  }
}

/** The filter of a search, in one folder or in everything of the account. */
export function searchFilter(chips: readonly Chip[], mailbox?: string): Filter {
  const conditions: Filter[] = chips.map(condition)
  if (mailbox) conditions.unshift({ inMailbox: mailbox })
  if (conditions.length === 1) return conditions[0]!
  return { operator: 'AND', conditions }
}
