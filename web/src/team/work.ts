import type { Email, EmailCondition, Id } from '../jmap/types.ts'
import { type Patch, step } from '../store/patch.ts'

/** Where a conversation of a shared mailbox stands: keywords of its messages (docs/shared-mailboxes.md). */
export const statuses = ['open', 'waiting', 'done'] as const

export type Status = (typeof statuses)[number]

export interface Work {
  status: Status
  /** The address of whose it is; null for nobody's. */
  assignee: string | null
}

/** What is to be changed; what is not named stays. */
export type WorkChange = Partial<Work>

/** Somebody, as colleagues see them. */
export interface Person {
  email: string
  name: string | null
  accountId: Id | null
}

const assigned = '$assigned'
const prefix = '$assigned:'
const own: ReadonlySet<string> = new Set(['sent', 'drafts', 'trash', 'junk'])

/** Bytes that may not stand in a keyword are "=" and two digits. */
function unescape(word: string): string {
  const bytes: number[] = []
  const chars = new TextEncoder().encode(word)
  for (let i = 0; i < chars.length; i++) {
    const digits = word.slice(i + 1, i + 3)
    if (word[i] === '=' && /^[0-9a-f]{2}$/i.test(digits)) {
      bytes.push(Number.parseInt(digits, 16))
      i += 2
    } else bytes.push(chars[i]!)
  }
  return new TextDecoder().decode(new Uint8Array(bytes))
}

function escape(address: string): string {
  let word = ''
  for (const byte of new TextEncoder().encode(address.toLowerCase())) {
    const char = String.fromCharCode(byte)
    word += byte > 0x20 && byte < 0x7f && !'(){]%*"\\='.includes(char) ? char : `=${byte.toString(16).padStart(2, '0')}`
  }
  return word
}

function statusOf(email: Email): Status {
  return email.keywords['$done'] ? 'done' : email.keywords['$waiting'] ? 'waiting' : 'open'
}

function assigneeOf(email: Email): string | null {
  const words = Object.keys(email.keywords).filter((word) => word.length > prefix.length && word.startsWith(prefix) && email.keywords[word])
  return words.length > 0 ? unescape(words.sort()[0]!.slice(prefix.length)) : null
}

/**
 * Reads from the messages of a conversation, first to last, where it stands, as the server does: its status is that of
 * the last one that came in, its assignee that of the last one that names somebody.
 */
export function workOf(emails: readonly Email[], roleOf: (mailbox: Id) => string | null | undefined): Work {
  const cameIn = (email: Email) => Object.keys(email.mailboxIds).some((id) => !own.has(roleOf(id) ?? ''))
  const last = emails.findLast(cameIn) ?? emails.at(-1)
  let assignee: string | null = null
  for (const email of emails) assignee = assigneeOf(email) ?? assignee
  return { status: last ? statusOf(last) : 'open', assignee }
}

/** The keywords of a message after a change. */
export function workPatch(email: Email, change: WorkChange): Patch {
  const patch: Patch = {}
  const put = (word: string, on: boolean) => {
    if (Boolean(email.keywords[word]) !== on) patch[`keywords/${step(word)}`] = on ? true : null
  }
  if (change.status) {
    put('$waiting', change.status === 'waiting')
    put('$done', change.status === 'done')
  }
  if (change.assignee !== undefined) {
    const word = change.assignee === null ? '' : prefix + escape(change.assignee)
    for (const other of Object.keys(email.keywords)) if (other.startsWith(prefix) && other !== word) put(other, false)
    put(assigned, change.assignee !== null)
    if (word) put(word, true)
  }
  return patch
}

/** What a list can be narrowed to. */
export const workMarks = ['mine', 'unassigned', ...statuses] as const

export type WorkMark = (typeof workMarks)[number]

export function isWorkMark(word: string): word is WorkMark {
  return (workMarks as readonly string[]).includes(word)
}

/** The marks of a list that is narrowed, with one switched on or off: one of the person's, and one status. */
export function toggleMark(marks: readonly WorkMark[], mark: WorkMark): WorkMark[] {
  const isStatus = (m: WorkMark) => m !== 'mine' && m !== 'unassigned'
  const others = marks.filter((m) => isStatus(m) !== isStatus(mark))
  return marks.includes(mark) ? others : workMarks.filter((m) => m === mark || others.includes(m))
}

/** The condition of a mark, as Email/query knows it with the capability of shared mailboxes. */
export function markCondition(mark: WorkMark, me: string): EmailCondition {
  switch (mark) {
    case 'mine':
      return { assignee: me }
    case 'unassigned':
      return { assignee: '' }
    default:
      return { workStatus: mark }
  }
}
