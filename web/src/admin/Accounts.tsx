import { useState } from 'react'
import { Input, SearchField } from 'react-aria-components'
import { type MessageId, useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { roomHref } from '../mail/route.ts'
import { adminPath, useApi } from '../session/api.ts'
import { useFormat } from '../ui/format.ts'
import { Icon } from '../ui/Icon.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { AddressText } from './AddressText.tsx'
import { entryHref } from './link.ts'
import { Listing } from './Listing.tsx'
import { usePaged, useSettled } from './load.ts'
import { Switcher } from './Switcher.tsx'
import type { Account } from './wire.ts'
import { kindWord } from './words.ts'

const kinds: readonly { id: string; text: MessageId }[] = [
  { id: '', text: 'admin.kinds.all' },
  { id: 'person', text: 'admin.kinds.person' },
  { id: 'shared', text: 'admin.kinds.shared' },
  { id: 'resource', text: 'admin.kinds.resource' },
]

/** The filter stays while one goes to an account and back. */
let kept = { kind: '', text: '' }

/** Every account one may know of, by kind, found on the server. */
export function Accounts() {
  const t = useText()
  const api = useApi()
  const format = useFormat()
  const [filter, setFilter] = useState(kept)
  const text = useSettled(filter.text.trim())
  const { kind } = filter
  const set = (change: Partial<typeof filter>) => setFilter((kept = { ...filter, ...change }))
  const list = usePaged<Account>(`${kind} ${text}`, async (after, max, signal) => (await api.get<Account[] | null>(adminPath('accounts'), { kind, text, after: after?.address, max }, signal)) ?? [])
  return (
    <>
      <PageHead title={t('admin.accounts')}>{t('admin.accountsWhy')}</PageHead>
      <div className="admin-bar">
        <Switcher label={t('admin.kind')} value={kind} options={kinds.map((k) => ({ id: k.id, text: t(k.text) }))} onChange={(next) => set({ kind: next })} />
        <SearchField className="field find" aria-label={t('admin.find')} value={filter.text} onChange={(next) => set({ text: next })}>
          <Input placeholder={t('admin.find')} />
        </SearchField>
        <a className="button" data-kind="main" href={roomHref('admin', 'accounts/new')}>
          <Icon name="plus" />
          {t('admin.newMailbox')}
        </a>
      </div>
      <Listing<Account>
        label={t('admin.accounts')}
        rows={list.value}
        error={list.error}
        onAgain={list.again}
        id={(a) => a.uuid}
        href={(a) => entryHref('accounts', a)}
        more={list.more}
        busy={list.busy}
        empty={{ icon: 'search', title: t('admin.noneFound') }}
        fields={[
          { id: 'address', title: t('admin.address'), isName: true, render: (a) => <AddressText of={a.address} /> },
          { id: 'name', title: t('admin.name'), render: (a) => <bdi>{plain(a.name)}</bdi> },
          { id: 'kind', title: t('admin.kind'), minor: true, render: (a) => <span className="with-icon"><Icon name={a.kind === 'person' ? 'person' : a.kind === 'shared' ? 'team' : 'clock'} />{kindWord(t, a.kind)}</span> },
          { id: 'login', title: t('admin.login'), minor: true, render: (a) => t(a.state !== 'active' ? 'admin.inactive' : a.login ? 'admin.on' : 'admin.off') },
          { id: 'used', title: t('admin.used'), minor: true, end: true, render: (a) => format.size(a.used_bytes) },
        ]}
      />
    </>
  )
}
