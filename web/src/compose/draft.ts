import type { Address, Email, Id } from '../jmap/types.ts'
import type { About } from '../team/Collision.tsx'
import { hasFormatting, richOf, sentHTML } from './rich.ts'

export interface Attachment {
  /** Null while it is on its way. */
  blobId: Id | null
  /** The account the blob is in. */
  account: Id
  name: string
  type: string
  size: number
}

/** What stands below a message, in plain text and as the editor has it; html is '' for what has no formatting. */
export interface Signature {
  text: string
  html: string
}

export const noSignature: Signature = { text: '', html: '' }

/** A message that is being written. */
export interface Draft {
  /** The account whose Drafts it is kept in, and that sends it. */
  account: Id
  /** The identity it is sent with; '' while an address is typed that is none. */
  identity: Id
  from: Address
  to: readonly Address[]
  cc: readonly Address[]
  bcc: readonly Address[]
  subject: string
  text: string
  /** The text as the editor has it, of which text is made; '' before anything was written in it. */
  html: string
  attachments: readonly Attachment[]
  inReplyTo: readonly string[]
  references: readonly string[]
  /** Where answers go, when that is elsewhere. */
  replyTo: readonly Address[]
  /** The signature that is in the text, to be exchanged with the identity. */
  signature: Signature
  /** What is answered: colleagues may be answering it too. */
  about?: About
  /** What was quoted at first: a signature goes before it. */
  quote: string
}

/** Whether there is anything in it that would be missed. */
export function isBlank(draft: Draft): boolean {
  const own = draft.text.replace(draft.quote, '').replace(signatureBlock(draft.signature.text), '').trim()
  return own === '' && draft.attachments.length === 0 && (draft.inReplyTo.length > 0 || draft.quote !== '' || (draft.to.length + draft.cc.length + draft.bcc.length === 0 && draft.subject.trim() === ''))
}

/** The Email that Email/set creates (RFC 8621 §4.6). */
export function emailOf(draft: Draft, mailbox: Id): Record<string, unknown> {
  const words = { type: 'text/plain', partId: 'text' }
  const formatted = hasFormatting(draft.html)
  const text = formatted ? { type: 'multipart/alternative', subParts: [words, { type: 'text/html', partId: 'html' }] } : words
  const files = draft.attachments
    .filter((a) => a.blobId)
    .map((a) => ({ blobId: a.blobId, type: a.type || 'application/octet-stream', name: a.name, disposition: 'attachment' }))
  const list = (addresses: readonly Address[]) => (addresses.length > 0 ? addresses : undefined)
  return {
    mailboxIds: { [mailbox]: true },
    keywords: { $draft: true, $seen: true },
    from: [draft.from],
    to: list(draft.to),
    cc: list(draft.cc),
    bcc: list(draft.bcc),
    replyTo: list(draft.replyTo),
    subject: draft.subject,
    inReplyTo: draft.inReplyTo.length > 0 ? draft.inReplyTo : undefined,
    references: draft.references.length > 0 ? draft.references : undefined,
    bodyStructure: files.length > 0 ? { type: 'multipart/mixed', subParts: [text, ...files] } : text,
    bodyValues: { text: { value: draft.text }, ...(formatted && { html: { value: sentHTML(draft.html) } }) },
  }
}

/** The attachments of a message, to be sent with another. */
export function attachmentsOf(email: Email, account: Id, unnamed: string): Attachment[] {
  return (email.attachments ?? [])
    .filter((part) => part.blobId)
    .map((part) => ({ blobId: part.blobId, account, name: part.name || unnamed, type: part.type, size: part.size }))
}

function signatureBlock(signature: string): string {
  return signature === '' ? '' : `\n-- \n${signature}\n`
}

/** A signature as it stands in the editor. */
function richSignature({ text, html }: Signature): string {
  return html ? `${richOf('\n-- \n')}${html}` : richOf(signatureBlock(text.trim()))
}

/** The text of the editor with another signature. */
export function exchangeRichSignature(html: string, before: Signature, after: Signature, quote: string): string {
  const old = richSignature(before)
  const now = richSignature(after)
  if (old !== '' && html.includes(old)) return html.replace(old, () => now)
  const end = richOf(quote)
  return end !== '' && html.endsWith(end) ? `${html.slice(0, -end.length)}${now}${end}` : `${html}${now}`
}

/** The text with another signature: in the place of the one before, or before what is quoted. */
export function exchangeSignature(text: string, before: string, after: string, quote: string): string {
  const old = signatureBlock(before.trim())
  const now = signatureBlock(after.trim())
  if (old !== '' && text.includes(old)) return text.replace(old, () => now)
  if (now === '') return text
  if (quote !== '' && text.endsWith(quote)) return `${text.slice(0, -quote.length)}${now}${quote}`
  return `${text}${text.endsWith('\n') || text === '' ? '' : '\n'}${now}`
}
