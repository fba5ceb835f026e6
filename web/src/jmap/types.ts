// What the JMAP documents call these objects: RFC 8620 (core), RFC 8621 (mail),
// draft-ietf-jmap-mail-sharing (shareWith, myRights). Only what this client reads.

export type Id = string

export interface Account {
  name: string
  isPersonal: boolean
  isReadOnly: boolean
  accountCapabilities: Record<string, Record<string, unknown>>
}

/** RFC 8620 §2 */
export interface Session {
  capabilities: Record<string, Record<string, unknown>>
  accounts: Record<Id, Account>
  primaryAccounts: Record<string, Id>
  username: string
  apiUrl: string
  downloadUrl: string
  uploadUrl: string
  eventSourceUrl: string
  state: string
}

export interface MailboxRights {
  mayReadItems: boolean
  mayAddItems: boolean
  mayRemoveItems: boolean
  maySetSeen: boolean
  maySetKeywords: boolean
  mayCreateChild: boolean
  mayRename: boolean
  mayDelete: boolean
  maySubmit: boolean
  mayShare?: boolean
}

export interface Mailbox {
  id: Id
  name: string
  parentId: Id | null
  role: string | null
  sortOrder: number
  totalEmails: number
  unreadEmails: number
  totalThreads: number
  unreadThreads: number
  myRights: MailboxRights
  isSubscribed: boolean
}

export interface Address {
  name: string | null
  email: string
}

export interface BodyPart {
  partId: string | null
  blobId: Id | null
  size: number
  name: string | null
  type: string
  charset?: string | null
  disposition?: string | null
  cid?: string | null
  /** What its Content-Language says. */
  language?: readonly string[] | null
}

export interface Email {
  id: Id
  blobId: Id
  threadId: Id
  mailboxIds: Record<Id, boolean>
  keywords: Record<string, boolean>
  size: number
  receivedAt: string
  sentAt?: string | null
  subject: string | null
  from: Address[] | null
  sender?: Address[] | null
  to: Address[] | null
  cc?: Address[] | null
  bcc?: Address[] | null
  replyTo?: Address[] | null
  messageId?: string[] | null
  references?: string[] | null
  hasAttachment: boolean
  preview: string
  /** Only in messages that were opened. */
  bodyValues?: Record<string, { value: string; isTruncated?: boolean; isEncodingProblem?: boolean }>
  htmlBody?: BodyPart[]
  textBody?: BodyPart[]
  attachments?: BodyPart[]
}

export interface Thread {
  id: Id
  emailIds: Id[]
}

/** RFC 8621 §4.4.1 */
export interface EmailCondition {
  inMailbox?: Id
  inMailboxOtherThan?: Id[]
  before?: string
  after?: string
  minSize?: number
  maxSize?: number
  hasKeyword?: string
  notKeyword?: string
  hasAttachment?: boolean
  text?: string
  from?: string
  to?: string
  cc?: string
  subject?: string
  body?: string
  /** Of shared mailboxes (docs/shared-mailboxes.md): where a conversation stands, whose it is ("" nobody's). */
  workStatus?: 'open' | 'waiting' | 'done'
  assignee?: string
}

export interface FilterOperator {
  operator: 'AND' | 'OR' | 'NOT'
  conditions: Filter[]
}

export type Filter = EmailCondition | FilterOperator

/** The names of the types a push tells of, and of the records kept. */
export interface Types {
  Mailbox: Mailbox
  Email: Email
  Thread: Thread
}

export type TypeName = keyof Types

export type StateChange = Record<Id, Record<string, string>>
