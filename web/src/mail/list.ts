import type { Filter, Id } from '../jmap/types.ts'
import type { QuerySpec } from '../store/query.ts'

/** The list of what a filter finds: conversations, the newest first. */
export function listSpec(account: Id, filter: Filter): QuerySpec {
  return { account, filter, sort: [{ property: 'receivedAt', isAscending: false }], collapseThreads: true }
}
