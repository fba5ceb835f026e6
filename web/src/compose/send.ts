import type { SetFault, SetResult } from '../jmap/client.ts'
import { JMAPError, type Reason } from '../jmap/error.ts'
import type { Id } from '../jmap/types.ts'
import type { Store } from '../store/store.ts'
import { without } from './recipients.ts'
import type { Draft } from './draft.ts'
import type { Saved } from './write.ts'

/** How long a message can be taken back, in seconds. */
export const undoTime = 10

/** A message on its way, that can still be taken back. */
export interface Sent {
  account: Id
  submission: Id
  email: Id
}

/** The field of the composer that a refusal is about. */
export type Field = 'from' | 'to' | 'attachments' | 'whole'

export class Refusal extends Error {
  constructor(
    readonly field: Field,
    readonly type: string,
    /** Words of the server; may be empty. */
    readonly description: string,
    readonly addresses: readonly string[] = [],
    readonly reason?: Reason,
  ) {
    super(description || type)
  }
}

interface SubmitFault extends SetFault {
  invalidRecipients?: string[]
}

/** What EmailSubmission/set refused, at its field (RFC 8621 §7.5). */
export function refusalOf(fault: SubmitFault): Refusal {
  const fields: Record<string, Field> = {
    forbiddenFrom: 'from', forbiddenMailFrom: 'from', forbiddenToSend: 'to', noRecipients: 'to', tooManyRecipients: 'to', invalidRecipients: 'to', tooLarge: 'attachments', blobNotFound: 'attachments',
  }
  const identity = fault.type === 'invalidProperties' && fault.properties?.includes('identityId')
  const from = fault.type === 'invalidEmail' && fault.properties?.includes('from')
  return new Refusal(identity || from ? 'from' : (fields[fault.type] ?? 'whole'), fault.type, fault.description ?? '', fault.invalidRecipients, fault.reason)
}

/** The envelope: everybody once, and when it may go. */
export function envelopeOf(draft: Draft, when: Date | null): Record<string, unknown> {
  const parameters = when ? { HOLDUNTIL: when.toISOString().replace(/\.\d+Z$/, 'Z') } : { HOLDFOR: String(undoTime) }
  return {
    mailFrom: { email: draft.from.email, parameters },
    rcptTo: without([...draft.to, ...draft.cc, ...draft.bcc], []).map(({ email }) => ({ email, parameters: null })),
  }
}

/** Sends a saved draft, now or later. */
export async function send(store: Store, draft: Draft, saved: Saved, identity: Id, when: Date | null): Promise<Sent> {
  const sent = store.table(saved.account, 'Mailbox').all().find((m) => m.role === 'sent')
  const result = await store.client.call<SetResult>('EmailSubmission/set', {
    accountId: saved.account,
    create: { s: { identityId: identity, emailId: saved.id, envelope: envelopeOf(draft, when) } },
    onSuccessUpdateEmail: sent ? { '#s': { mailboxIds: { [sent.id]: true }, 'keywords/$draft': null } } : undefined,
  })
  const fault = result.notCreated?.['s']
  if (fault) throw refusalOf(fault)
  void store.sync(saved.account).catch(() => {})
  return { account: saved.account, submission: String(result.created?.['s']?.['id']), email: saved.id }
}

/** Takes a message back, into Drafts; false when it has gone. */
export async function unsend(store: Store, { account, submission }: Sent): Promise<boolean> {
  const drafts = store.table(account, 'Mailbox').all().find((m) => m.role === 'drafts')
  const result = await store.client.call<SetResult>('EmailSubmission/set', {
    accountId: account,
    update: { [submission]: { undoStatus: 'canceled' } },
    onSuccessUpdateEmail: drafts ? { [submission]: { mailboxIds: { [drafts.id]: true }, 'keywords/$draft': true } } : undefined,
  })
  const fault = result.notUpdated?.[submission]
  if (fault?.type === 'cannotUnsend') return false
  if (fault) throw JMAPError.ofType(fault.type, fault.description, fault.properties, fault.reason)
  await store.sync(account)
  return true
}

export interface Pending {
  id: Id
  sendAt: string
}

/** What a message of one's own waits for, if it has not gone yet. */
export async function pendingOf(store: Store, account: Id, email: Id): Promise<Pending | null> {
  const got = await store.client.call<{ list: (Pending & { emailId: Id; undoStatus: string })[] }>('EmailSubmission/get', {
    accountId: account, ids: null, properties: ['id', 'emailId', 'sendAt', 'undoStatus'],
  })
  return got.list.find((s) => s.emailId === email && s.undoStatus === 'pending') ?? null
}
