import { useState } from 'react'
import { Input, SearchField, type SortDescriptor } from 'react-aria-components'
import { type MessageId, useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { roomHref } from '../mail/route.ts'
import { adminPath, useApi } from '../session/api.ts'
import { Button } from '../ui/Button.tsx'
import { Choose } from '../ui/fields.tsx'
import { useFormat } from '../ui/format.ts'
import { Icon } from '../ui/Icon.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { useMay } from './abilities.ts'
import { AddressText } from './AddressText.tsx'
import { SwitchMany } from './SwitchMany.tsx'
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

/** Whether a step of an address is a kind of accounts: no address is. */
export const isKind = (step: string): boolean => kinds.some((k) => k.id === step)

/** In which order the server is asked for. */
const orders: Record<string, string> = { address: 'address', name: 'name', used: 'used', made: 'created' }

/** The filter stays while one goes to an account and back. */
let kept: { text: string; login: string; sort: SortDescriptor } = { text: '', login: '', sort: { column: 'address', direction: 'ascending' } }

/** Every account one may know of, by kind, found and ordered on the server. */
export function Accounts({ kind }: { kind: string }) {
  const t = useText()
  const api = useApi()
  const format = useFormat()
  const [filter, setFilter] = useState(kept)
  const [chosen, setChosen] = useState<readonly Account[]>([])
  const [switching, setSwitching] = useState<'on' | 'off' | null>(null)
  const mayCreate = useMay('create-accounts')
  const maySwitch = useMay('switch-login')
  const mayOrder = useMay('see-directory')
  const text = useSettled(filter.text.trim())
  const set = (change: Partial<typeof filter>) => setFilter((kept = { ...filter, ...change }))
  const order = `${filter.sort.direction === 'descending' ? '-' : ''}${orders[String(filter.sort.column)] ?? 'address'}`
  const list = usePaged<Account>(`${kind} ${filter.login} ${order} ${text}`, async (after, max, signal) =>
    (await api.get<Account[] | null>(adminPath('accounts'), { kind, text, login: filter.login, order, after: after?.address, max }, signal)) ?? [],
  )
  const filtered = Boolean(text || filter.login)
  return (
    <>
      <PageHead title={t('admin.accounts')}>{t('admin.accountsWhy')}</PageHead>
      <div className="admin-bar">
        <Switcher label={t('admin.kind')} value={kind} options={kinds.map((k) => ({ id: k.id, text: t(k.text) }))} onChange={(next) => location.replace(roomHref('admin', next ? `accounts/${next}` : 'accounts'))} />
        {mayCreate && (
          <a className="button" data-kind="main" href={roomHref('admin', 'accounts/new')}>
            <Icon name="plus" />
            {t('admin.newMailbox')}
          </a>
        )}
      </div>
      <div className="admin-bar">
        <SearchField className="field find" aria-label={t('admin.find')} value={filter.text} onChange={(next) => set({ text: next })}>
          <Input placeholder={t('admin.find')} />
        </SearchField>
        {mayOrder && (
          <div className="admin-beside">
            <Choose
              label={t('admin.login')}
              value={filter.login || 'any'}
              options={[{ id: 'any', text: t('admin.login.any') }, { id: 'on', text: t('admin.login.on') }, { id: 'off', text: t('admin.login.off') }]}
              onChange={(next) => set({ login: next === 'any' ? '' : next })}
            />
          </div>
        )}
      </div>
      {chosen.length > 0 && (
        <div className="admin-chosen" role="group" aria-label={t('admin.chosen', { count: chosen.length })}>
          <strong>{t('admin.chosen', { count: chosen.length })}</strong>
          <Button kind="line" onPress={() => setSwitching('off')}>
            {t('admin.turnOffMany')}
          </Button>
          <Button kind="line" onPress={() => setSwitching('on')}>
            {t('admin.turnOnMany')}
          </Button>
          <Button onPress={() => setChosen([])}>{t('admin.chooseNone')}</Button>
        </div>
      )}
      <Listing<Account>
        label={t('admin.accounts')}
        rows={list.value}
        error={list.error}
        onAgain={list.again}
        id={(a) => a.uuid}
        href={(a) => entryHref('accounts', a)}
        more={list.more}
        busy={list.busy}
        sort={filter.sort}
        onSort={(sort) => set({ sort })}
        {...(maySwitch && { chosen, onChoose: setChosen, chooseLabel: (a: Account) => t('admin.choose', { name: plain(a.address) }), chooseAll: t('admin.chooseAll') })}
        empty={{ icon: 'search', title: t(filtered ? 'admin.noneFound' : 'admin.noneYet'), ...(filtered && { text: t('admin.noneFoundWhy') }) }}
        fields={[
          { id: 'address', title: t('admin.address'), isName: true, sorts: true, render: (a) => <AddressText of={a.address} /> },
          { id: 'name', title: t('admin.name'), sorts: true, render: (a) => <bdi>{plain(a.name)}</bdi> },
          { id: 'kind', title: t('admin.kind'), minor: true, render: (a) => <span className="with-icon"><Icon name={a.kind === 'person' ? 'person' : a.kind === 'shared' ? 'team' : 'calendar'} />{kindWord(t, a.kind)}</span> },
          { id: 'login', title: t('admin.login'), minor: true, render: (a) => t(a.state !== 'active' ? 'admin.inactive' : a.login ? 'admin.on' : 'admin.off') },
          { id: 'made', title: t('admin.made'), minor: true, sorts: mayOrder, render: (a) => format.day(a.created) },
          { id: 'used', title: t('admin.used'), minor: true, end: true, sorts: mayOrder, render: (a) => format.size(a.used_bytes) },
        ]}
      />
      {switching && <SwitchMany accounts={chosen} to={switching} onClose={() => setSwitching(null)} onDone={() => (setSwitching(null), setChosen([]), list.again())} />}
    </>
  )
}
