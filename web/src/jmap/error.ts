/**
 * What can go wrong, as a user would sort it:
 * - offline: the server was not reached
 * - signedOut: the session is over
 * - denied: one may not
 * - notFound: it is not there, or one may not know that it is
 * - limit: too much or too often; try again later or with less
 * - changed: somebody was faster
 * - fault: the server or this client is wrong
 */
export type ErrorKind = 'offline' | 'signedOut' | 'denied' | 'notFound' | 'limit' | 'changed' | 'fault'

const kinds: Record<string, ErrorKind> = {
  forbidden: 'denied',
  forbiddenFrom: 'denied',
  forbiddenMailFrom: 'denied',
  forbiddenToSend: 'denied',
  accountReadOnly: 'denied',
  accountNotFound: 'notFound',
  notFound: 'notFound',
  mailboxNotFound: 'notFound',
  blobNotFound: 'notFound',
  overQuota: 'limit',
  tooLarge: 'limit',
  rateLimit: 'limit',
  tooManyChanges: 'limit',
  requestTooLarge: 'limit',
  serverUnavailable: 'limit',
  stateMismatch: 'changed',
  cannotCalculateChanges: 'changed',
}

/** What the words of the server are made of, so that they can be said in another language. */
export interface Reason {
  /** With a verb of fmt where each value goes. */
  template: string
  values?: readonly string[]
}

/** A part of a request that does not fit. */
export interface Fault {
  detail: string
  /** Which part: `body.days`. */
  location: string
  reason?: Reason
}

export class JMAPError extends Error {
  override readonly name = 'JMAPError'

  constructor(
    readonly kind: ErrorKind,
    /** The word of the protocol: `forbidden`, `overQuota`… */
    readonly type: string,
    /** Words of the server, for people; may be empty. */
    readonly description: string = '',
    /** The properties a set was refused for. */
    readonly properties: readonly string[] = [],
    readonly reason?: Reason,
    /** The parts of the request that do not fit; the description has them in one line, the reason is about all of them. */
    readonly faults: readonly Fault[] = [],
  ) {
    super(description || type)
  }

  static ofType(type: string, description?: string | null, properties?: string[], reason?: Reason): JMAPError {
    return new JMAPError(kinds[type] ?? 'fault', type, description ?? '', properties, reason)
  }

  static ofStatus(status: number, description = '', reason?: Reason, faults?: readonly Fault[]): JMAPError {
    const kind: ErrorKind =
      status === 401 ? 'signedOut' : status === 403 ? 'denied' : status === 404 ? 'notFound' : status === 412 ? 'changed' : status === 413 || status === 429 || status === 503 ? 'limit' : 'fault'
    return new JMAPError(kind, `http${status}`, description, [], reason, faults)
  }
}

export function kindOf(error: unknown): ErrorKind {
  return error instanceof JMAPError ? error.kind : 'fault'
}
