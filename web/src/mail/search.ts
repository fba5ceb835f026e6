import type { EmailCondition, Filter } from '../jmap/types.ts'
import { markCondition, type WorkMark, workMarks } from '../team/work.ts'

export const words = ['from', 'to', 'subject', 'before', 'after'] as const
export const marks = ['unread', 'flagged', 'attachment'] as const

export type Word = (typeof words)[number]
export type Mark = (typeof marks)[number] | WorkMark

/** One condition of a search: text anywhere, text in a field, a date, or a mark. */
export type Chip = { is: 'text'; value: string } | { is: Word; value: string } | { is: Mark }

const markWords: Record<string, Mark> = { 'is:unread': 'unread', 'is:flagged': 'flagged', 'has:attachment': 'attachment', ...Object.fromEntries(workMarks.map((mark) => [`is:${mark}`, mark])) }

const fields = new RegExp(`(?:\\b(${words.join('|')}):\\s*)?(?:"([^"]*)"?|([^\\s"]\\S*))`, 'gi')

/** Reads `from:anna is:unread "two words" report`; quotes that are still to be closed end with the text. */
export function parseSearch(text: string): Chip[] {
  const chips: Chip[] = []
  for (const [token, field, quoted, bare = ''] of text.matchAll(fields)) {
    const mark = markWords[token.toLowerCase()]
    if (mark) {
      chips.push({ is: mark })
      continue
    }
    const word = words.find((w) => w === field?.toLowerCase())
    const value = unquote(quoted ?? bare)
    if (value === '' || isWord(value)) continue
    if (!word) chips.push({ is: 'text', value })
    else if (!isDate(word)) chips.push({ is: word, value })
    else chips.push(dateChip(word, value) ?? { is: 'text', value: unquote(token) })
  }
  return chips
}

/** The beginning of a condition, of which nothing more is there yet. */
function isWord(value: string): boolean {
  return words.some((word) => `${word}:` === value.toLowerCase())
}

/** A day as people write it: 2026-01-31, 2026-01, 2026, 31.1.2026. */
function dateChip(is: 'before' | 'after', text: string): Chip | null {
  const forwards = /^(\d{4})(?:[-/.](\d\d?)(?:[-/.](\d\d?))?)?$/.exec(text)
  const backwards = /^(\d\d?)\.(\d\d?)\.(\d{4})$/.exec(text)
  const [year, month, day] = forwards ? [forwards[1], forwards[2], forwards[3]] : backwards ? [backwards[3], backwards[2], backwards[1]] : []
  if (!year) return null
  const value = [year, month ?? '01', day ?? '01'].map((part) => part.padStart(2, '0')).join('-')
  const date = new Date(`${value}T00:00:00Z`)
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== value ? null : { is, value }
}

/** What a text as it is being typed can stand for: each offer is the conditions it would add. */
export function searchOffers(text: string): Chip[][] {
  const typed = parseSearch(text)
  if (typed.length === 0) return []
  // Words of its own say what is meant; without any it is a name or a text.
  if (typed.some((chip) => chip.is !== 'text')) return [typed]
  const value = text.trim().replaceAll('"', '')
  return (['text', 'from', 'to', 'subject'] as const).map((is) => [{ is, value }])
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
    case 'mine':
    case 'unassigned':
    case 'open':
    case 'waiting':
    case 'done':
      return `is:${chip.is}`
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

export function isDate(word: Word): word is 'before' | 'after' {
  return word === 'before' || word === 'after'
}

function condition(chip: Chip, me: string): EmailCondition {
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
    case 'mine':
    case 'unassigned':
    case 'open':
    case 'waiting':
    case 'done':
      return markCondition(chip.is, me)
    default:
      return { [chip.is]: chip.value }
  }
}

/** The filter of a search, in one folder or in everything of the account; me is the address that `is:mine` is about. */
export function searchFilter(chips: readonly Chip[], mailbox?: string, me = ''): Filter {
  const conditions: Filter[] = chips.map((chip) => condition(chip, me))
  if (mailbox) conditions.unshift({ inMailbox: mailbox })
  if (conditions.length === 1) return conditions[0]!
  return { operator: 'AND', conditions }
}
