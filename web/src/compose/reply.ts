import type { Address, Email, Id } from '../jmap/types.ts'
import { attachmentsOf, type Draft, exchangeRichSignature, exchangeSignature, noSignature } from './draft.ts'
import { defaultIdentity, type Identity, senderOf, signatureOf } from './identity.ts'
import { quoted, textOf } from './quote.ts'
import { readHTML, richOf } from './rich.ts'
import { formatRecipient, parseRecipients, sameAddress, without } from './recipients.ts'

/** An email as the composer reads it. */
export interface Original extends Email {
  inReplyTo?: string[] | null
  'header:Delivered-To:asText:all'?: string[] | null
}

/** What a new message is begun with. */
export interface Setting {
  identities: readonly Identity[]
  home: Id
  /** The account to keep a draft of an identity in. */
  keptIn: (identity: Identity | undefined) => Id
  /** The line above what is quoted. */
  wrote: (email: Email) => string
  /** The lines above what is forwarded. */
  forwarded: (email: Email) => string
  unnamed: string
}

export function newDraft(setting: Setting, account: Id | undefined, to: readonly Address[] = []): Draft {
  const identity = defaultIdentity(setting.identities, { account, home: setting.home, writtenTo: [] })
  return begin(setting, identity, { to })
}

/** An answer to a message, to who wrote it or to everybody (RFC 5322 §3.6.3). */
export function replyDraft(setting: Setting, email: Original, account: Id, to: 'sender' | 'all'): Draft {
  const identity = answering(setting, email, account)
  const mine = setting.identities.map((i) => i.email)
  const people = answerTo(email, mine, to)
  const quote = `\n${setting.wrote(email)}\n${quoted(textOf(email))}\n`
  return begin(setting, identity, { ...people, ...threadOf(email), subject: prefixed(email.subject, 'Re: ', /^(?:re|aw|antw|sv)(?:\[\d+\])?\s*:\s*/i), quote })
}

/** A message passed on, with what is attached to it. */
export function forwardDraft(setting: Setting, email: Original, account: Id): Draft {
  const identity = answering(setting, email, account)
  const quote = `\n${setting.forwarded(email)}\n\n${textOf(email).trimEnd()}\n`
  return begin(setting, identity, {
    subject: prefixed(email.subject, 'Fwd: ', /^(?:fwd?|wg)\s*:\s*/i),
    quote,
    references: threadOf(email).references,
    attachments: attachmentsOf(email, account, setting.unnamed),
  })
}

/** A draft on the server, to go on with. */
export function openDraft(setting: Setting, email: Original, account: Id): Draft {
  const from = email.from?.[0]
  const identity = setting.identities.find((i) => from && sameAddress(i.email, from.email))
  const text = textOf(email)
  const signature = signatureOf(identity)
  const html = richBody(email)
  const isThere = signature.html ? html.includes(signature.html) : text.includes(`\n-- \n${signature.text}\n`)
  return {
    account,
    identity: identity?.id ?? '',
    from: from ?? (identity ? senderOf(identity).from : { name: null, email: '' }),
    to: email.to ?? [],
    cc: email.cc ?? [],
    bcc: email.bcc ?? [],
    subject: email.subject ?? '',
    text,
    html,
    attachments: attachmentsOf(email, account, setting.unnamed),
    inReplyTo: email.inReplyTo ?? [],
    references: email.references ?? [],
    replyTo: email.replyTo ?? [],
    signature: isThere ? signature : noSignature,
    quote: '',
  }
}

/** The formatted text of a draft, where it has one beside the plain text. */
function richBody(email: Original): string {
  const part = (email.htmlBody ?? []).find((p) => p.type === 'text/html' && p.partId)
  return part?.partId ? readHTML(email.bodyValues?.[part.partId]?.value ?? '') : ''
}

function answering(setting: Setting, email: Original, account: Id): Identity | undefined {
  const delivered = (email['header:Delivered-To:asText:all'] ?? []).flatMap((text) => parseRecipients(text))
  const writtenTo = [...(email.to ?? []), ...(email.cc ?? []), ...delivered].map((a) => a.email)
  return defaultIdentity(setting.identities, { account, home: setting.home, writtenTo, writtenBy: (email.from ?? []).map((a) => a.email) })
}

function answerTo(email: Original, mine: readonly string[], to: 'sender' | 'all'): { to: Address[]; cc: Address[] } {
  const is = (list: readonly string[]) => (a: Address) => list.some((email2) => sameAddress(email2, a.email))
  const from = email.from ?? []
  // One's own message is followed up to whom it went to.
  if (from.length > 0 && from.every(is(mine))) return { to: without(email.to ?? [], []), cc: to === 'all' ? without(email.cc ?? [], (email.to ?? []).map((a) => a.email)) : [] }
  const first = email.replyTo && email.replyTo.length > 0 ? email.replyTo : from
  if (to === 'sender') return { to: without(first, []), cc: [] }
  const all = [...without(first, []), ...without(email.to ?? [], [...mine, ...first.map((a) => a.email)])]
  return { to: all, cc: without(email.cc ?? [], [...mine, ...all.map((a) => a.email)]) }
}

/** In-Reply-To and References of an answer (RFC 5322 §3.6.4). */
export function threadOf(email: Original): { inReplyTo: string[]; references: string[] } {
  const id = email.messageId?.[0]
  if (!id) return { inReplyTo: [], references: [] }
  const before = email.references ?? (email.inReplyTo?.length === 1 ? email.inReplyTo : [])
  return { inReplyTo: [id], references: [...before.filter((other) => other !== id), id] }
}

function prefixed(subject: string | null, prefix: string, known: RegExp): string {
  const text = (subject ?? '').trim()
  return known.test(text) ? text : `${prefix}${text}`
}

function begin(setting: Setting, identity: Identity | undefined, with_: Partial<Draft>): Draft {
  const quote = with_.quote ?? ''
  const signature = signatureOf(identity)
  return {
    account: setting.keptIn(identity),
    identity: identity?.id ?? '',
    from: identity ? senderOf(identity).from : { name: null, email: '' },
    to: [],
    cc: [],
    bcc: [],
    subject: '',
    html: signature.html && exchangeRichSignature(richOf(`\n${quote}`), noSignature, signature, quote),
    replyTo: identity?.replyTo ?? [],
    attachments: [],
    inReplyTo: [],
    references: [],
    ...with_,
    text: exchangeSignature(`\n${quote}`, '', signature.text, quote),
    signature,
    quote,
  }
}

/** The names in a heading of what is forwarded. */
export function namesOf(list: readonly Address[] | null | undefined): string {
  return (list ?? []).map(formatRecipient).join(', ')
}
