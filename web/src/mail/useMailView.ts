import { useMemo } from 'react'
import { useText } from '../i18n/text.ts'
import type { Email, Mailbox } from '../jmap/types.ts'
import { useAccounts, useMailboxes, useStore } from '../store/hooks.ts'
import { Merged } from '../store/merged.ts'
import type { Rows } from '../store/query.ts'
import { byRole, folderName } from './folder.ts'
import { listSpec } from './list.ts'
import { usePreferences } from './preferences.ts'
import type { Route } from './route.ts'
import { parseSearch, searchFilter } from './search.ts'
import { teamOf } from '../team/team.ts'
import { isWorkMark } from '../team/work.ts'
import { plain } from './person.ts'

export interface MailView {
  rows: Rows
  /** The folder shown, when it is one. */
  mailbox: Mailbox | undefined
  account: string | undefined
  title: string
  subtitle: string
  /** The folder of an account that what is done here is about; undefined in a search. */
  box: (account: string) => string | undefined
}

/** What a route shows; null when that is not to be seen (any more). */
export function useMailView(route: Route): MailView | null {
  const t = useText()
  const store = useStore()
  const accounts = useAccounts()
  const { leftOut } = usePreferences()
  const { place, search } = route
  const accountId = place?.kind === 'folder' ? place.account : undefined
  const mailboxId = place?.kind === 'folder' ? place.mailbox : undefined
  const mailbox = useMailboxes(accountId).find((m) => m.id === mailboxId)
  const chips = useMemo(() => parseSearch(search), [search])
  const only = route.work?.join() ?? ''
  const rows = useMemo<Rows | null>(() => {
    if (!place || place.kind === 'room') return null
    const team = teamOf(store)
    const conditions = [...chips, ...only.split(',').filter(isWorkMark).map((is) => ({ is }))]
    const query = (account: string, box: string | undefined) => {
      const list = store.query(listSpec(account, searchFilter(conditions, chips.length > 0 ? undefined : box, team.me.address)))
      list.warm() // what is missing is on its way while the page is made ready for it
      return list
    }
    if (accountId) return query(accountId, mailboxId)
    const queries = accounts
      .filter((a) => !leftOut.includes(a.id) && (only === '' || team.isShared(a)))
      .map((a) => ({ account: a.id, inbox: byRole(store.table(a.id, 'Mailbox').all(), 'inbox') }))
      .filter(({ inbox }) => inbox || chips.length > 0)
      .map(({ account, inbox }) => query(account, inbox?.id))
    return new Merged(queries, (ref) => (store.get(ref.account, 'Email', ref.id) as Email | undefined)?.receivedAt)
    // place is made of accountId and mailboxId.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [store, accounts, accountId, mailboxId, chips, only, leftOut, place?.kind])
  if (!rows || (accountId && !mailbox)) return null
  const accountName = accountId ? plain(store.account(accountId)?.name) : ''
  return {
    rows,
    mailbox,
    account: accountId,
    title: chips.length > 0 ? t('mail.found') : mailbox ? plain(folderName(mailbox, t)) : t('mail.inboxes'),
    subtitle: accountName,
    box: (account) => {
      if (chips.length > 0) return undefined
      return mailboxId ?? byRole(store.table(account, 'Mailbox').all(), 'inbox')?.id
    },
  }
}
