/** What the admin API says (internal/adminwire): the parts that are shown here. */

export type AccountKind = 'person' | 'shared' | 'resource'
export type DisplayedSender = 'inherit' | 'hide' | 'show'
export type SendRight = 'sendAs' | 'sendOnBehalfOf' | 'sendTo' | 'own'

export interface Alias {
  address: string
  delegable: boolean
}

export interface Account {
  uuid: string
  address: string
  name: string
  kind: AccountKind
  state: string
  login: boolean
  admin: 'none' | 'org' | 'server'
  plan?: string
  organisation?: string
  quota_bytes: number
  used_bytes: number
  displayed_sender: DisplayedSender
  aliases?: Alias[] | null
  created: string
  /** For saving: what is shown must still be so. */
  version?: string
  /** What recipients see, whatever it follows from. */
  shown_sender?: 'hide' | 'show'
}

export interface Group {
  uuid: string
  address: string
  name: string
  filter?: string
  members?: string[] | null
  owners?: string[] | null
  /** For saving: what is shown must still be so. */
  version?: string
}

export interface Grantee {
  kind: string
  name?: string
}

export interface Grant {
  account: string
  path: string
  grantee: Grantee
  rights: string
  right_names: string[] | null
  role: string
  negative?: boolean
  until?: string
  by: string
  since?: string
  version?: string
  reason?: string
}

export interface SendEntry {
  grantee: Grantee
  right: SendRight
  deny?: boolean
  displayed_sender: DisplayedSender
  until?: string
  by: string
  since?: string
  version?: string
}

export interface Domain {
  name: string
  organisation: string
  dkim_selector?: string
}

export interface DNSRecord {
  name: string
  type: string
  value: string
}

export type PublishedState = 'found' | 'missing' | 'differs' | 'unknown'

export interface PublishedRecord extends DNSRecord {
  state: PublishedState
  published?: string[] | null
  reason?: string
}

export interface Plan {
  name: string
  organisation: string
}

export interface Holder {
  address: string
  kind: string
  collection?: string
  rights?: string
  send?: string[] | null
  ways?: Way[] | null
}

/** What one grant does to what somebody may do, with the names on the way to it. */
export interface Way {
  via: string[]
  /** The kind of the last name; those between are groups. */
  kind: string
  on: string
  /** Letters, or the name of a right to send. */
  rights: string
  role?: string
  right_names?: string[] | null
  until?: string
  reason?: string
  effect: string
}

export interface AccessRights {
  rights?: string
  right_names?: string[] | null
  acts?: string[] | null
}

export interface AccessChange {
  person: string
  target: string
  collection?: string
  gains: AccessRights
  loses: AccessRights
  ways?: Way[] | null
  ended_ways?: Way[] | null
}

export interface Simulation {
  changes: AccessChange[] | null
  changed: number
  touched: number
  compared: number
}

export interface Step extends Way {
  imap?: string
  negative?: boolean
  by: string
  since?: string
}

export interface Explanation {
  subject: string
  on: string
  action: string
  allowed: boolean
  because: string
  rights?: string
  missing?: string[] | null
  showSender?: boolean
  steps: Step[] | null
  couldGive?: { kind: string; name?: string }[] | null
}

export interface Access {
  allowed: boolean
  text: string
  steps: Explanation
}

export interface AuditRecord {
  seq: number
  at: string
  actor: string
  credential?: string
  protocol?: string
  remote?: string
  action: string
  target?: string
  collection?: string
  erased?: boolean
  details?: Record<string, string> | null
}

export interface QueuedRecipient {
  address: string
  state: string
  attempts: number
  next?: string
  reply?: string
  remote?: string
}

export interface Queued {
  id: number
  sender: string
  size: number
  queued: string
  hold?: boolean
  held_until?: string
  recipients: QueuedRecipient[]
}

/** A change of the admin API, to be tried or done. */
export interface Change {
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Steps of the path below the prefix. */
  path: readonly (string | number)[]
  body?: unknown
  query?: Record<string, string | number | boolean | undefined>
  /** The version that is changed: when it is no longer so, nothing is. */
  match?: string
}

/** A grantee as it is written: an address, domain:D, plan:P, org, all, public. */
export function granteeWord(g: Grantee): string {
  if (g.kind === 'domain' || g.kind === 'plan' || g.kind === 'guest') return `${g.kind}:${g.name ?? ''}`
  return g.kind === 'org' || g.kind === 'all' || g.kind === 'public' ? g.kind : (g.name ?? '')
}
