import type { Store } from '../store/store.ts'
import { byRole } from './folder.ts'
import { listSpec } from './list.ts'
import { parseRoute } from './route.ts'
import { searchFilter } from './search.ts'

/** Asks for the list that an address names, before there is a page to show it, or because somebody is about to go there. */
export function askForPlace(store: Store, hash: string): void {
  const { place, search, work } = parseRoute(hash)
  if (place?.kind === 'folder' && !search && !work) ask(store, place.account, place.mailbox)
}

/** Asks for the inbox, when the address names nothing. */
export function askForInbox(store: Store, hash: string): void {
  const { place, search, work } = parseRoute(hash)
  const account = store.accounts[0]?.id
  const inbox = account && byRole(store.table(account, 'Mailbox').all(), 'inbox')
  if (place === null && !search && !work && inbox) ask(store, account, inbox.id)
}

function ask(store: Store, account: string, mailbox: string): void {
  store.query(listSpec(account, searchFilter([], mailbox))).warm()
}
