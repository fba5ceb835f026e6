import { useState } from 'react'
import { Input, SearchField } from 'react-aria-components'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { adminPath, useApi } from '../session/api.ts'
import { Blank } from '../ui/Blank.tsx'
import { Button, IconButton } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Field } from '../ui/fields.tsx'
import { Icon } from '../ui/Icon.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { AddressText } from './AddressText.tsx'
import { useMay } from './abilities.ts'
import { Doing } from './change.tsx'
import { EntryPicker } from './EntryPicker.tsx'
import { GroupName } from './GroupName.tsx'
import { entryHref } from './link.ts'
import { Listing } from './Listing.tsx'
import { reason, useLoad, usePaged, useSettled } from './load.ts'
import type { Change, Group } from './wire.ts'

/** Every group one may know of. */
export function Groups() {
  const t = useText()
  const api = useApi()
  const [typed, setTyped] = useState('')
  const [making, setMaking] = useState(false)
  const may = useMay('manage-groups')
  const text = useSettled(typed.trim())
  const list = usePaged<Group>(text, async (after, max, signal) => (await api.get<Group[] | null>(adminPath('groups'), { text, after: after?.address, max }, signal)) ?? [])
  return (
    <>
      <PageHead title={t('admin.groups')}>{t('admin.groupsWhy')}</PageHead>
      <div className="admin-bar">
        <SearchField className="field find" aria-label={t('admin.find')} value={typed} onChange={setTyped}>
          <Input placeholder={t('admin.find')} />
        </SearchField>
        {may && (
          <Button kind="main" onPress={() => setMaking(true)}>
            <Icon name="plus" />
            {t('admin.newGroup')}
          </Button>
        )}
      </div>
      <Listing<Group>
        label={t('admin.groups')}
        rows={list.value}
        error={list.error}
        onAgain={list.again}
        id={(g) => g.uuid}
        href={(g) => entryHref('groups', g)}
        more={list.more}
        busy={list.busy}
        empty={{ icon: 'team', title: t('admin.noneFound') }}
        fields={[
          { id: 'address', title: t('admin.address'), isName: true, render: (g) => <AddressText of={g.address} /> },
          { id: 'name', title: t('admin.name'), render: (g) => <bdi>{plain(g.name)}</bdi> },
          { id: 'how', title: t('admin.membership'), minor: true, render: (g) => t(g.filter ? 'admin.byFilter' : 'admin.byHand') },
        ]}
      />
      {making && <NewGroup onClose={() => setMaking(false)} />}
    </>
  )
}

function NewGroup({ onClose }: { onClose: () => void }) {
  const t = useText()
  const [address, setAddress] = useState('')
  const [name, setName] = useState('')
  const change: Change | null = address.trim() ? { method: 'POST', path: ['groups'], body: { address: address.trim(), name: name.trim() } } : null
  return (
    <Dialog title={t('admin.newGroup')} onClose={onClose}>
      <Field label={t('admin.address')} inputMode="email" autoComplete="off" spellCheck="false" value={address} onChange={setAddress} isRequired autoFocus />
      <Field label={t('admin.name')} value={name} onChange={setName} />
      <Doing change={change} act={t('admin.create')} told={t('admin.created', { name: address.trim() })} onDone={() => location.assign(entryHref('groups', { address: address.trim(), uuid: address.trim() }))} onCancel={onClose} />
    </Dialog>
  )
}

type Part = 'members' | 'owners'

/** The change that puts somebody into a group or takes them out. */
function membership(group: Group, part: Part, act: 'add' | 'remove', who: string): Change {
  if (part === 'members') return { method: 'POST', path: ['groups', group.uuid, 'members', ...(act === 'remove' ? ['remove'] : [])], body: { addresses: [who] } }
  const entry = { target: group.address, grantee: who, right: 'own' }
  return act === 'add' ? { method: 'PUT', path: ['send-rights'], body: entry } : { method: 'DELETE', path: ['send-rights'], query: entry }
}

/** One group: its members and its owners. */
export function GroupPage({ name }: { name: string }) {
  const t = useText()
  const api = useApi()
  const { value: group, error, again } = useLoad<Group>(name, (signal) => api.get(adminPath('groups', name), {}, signal))
  const [typed, setTyped] = useState('')
  const [open, setOpen] = useState<{ part: Part; act: 'add' | 'remove'; who: string } | null>(null)
  if (!group) return error === undefined ? <Blank icon="refresh" title={t('ui.loading')} /> : <Blank icon="team" title={reason(error, t)} />
  const close = () => setOpen(null)
  const part = (which: Part, people: readonly string[], fixed: boolean) => (
    <section className="page-section" aria-labelledby={`admin-${which}`}>
      <div className="admin-bar">
        <header>
          <h3 id={`admin-${which}`}>{t(`admin.${which}`)}</h3>
          <p className="quiet">{fixed ? t('admin.filterSays', { filter: plain(group.filter) }) : t(`admin.${which}Why`)}</p>
        </header>
        {!fixed && (
          <Button kind="line" onPress={() => setOpen({ part: which, act: 'add', who: '' })}>
            <Icon name="plus" />
            {t('admin.addPerson')}
          </Button>
        )}
      </div>
      {which === 'members' && people.length > 20 && (
        <SearchField className="field find" aria-label={t('admin.findMember')} value={typed} onChange={setTyped}>
          <Input placeholder={t('admin.findMemberOf', { count: people.length })} />
        </SearchField>
      )}
      <Listing<string>
        label={t(`admin.${which}`)}
        rows={which === 'members' && typed ? people.filter((p) => p.includes(typed.trim().toLowerCase())) : people}
        error={undefined}
        onAgain={again}
        id={(p) => p}
        empty={{ icon: 'team', title: t(people.length > 0 ? 'admin.noneFound' : 'admin.nobody') }}
        fields={[
          { id: 'address', title: t('admin.address'), isName: true, render: (p) => <AddressText of={p} /> },
          { id: 'do', title: t('admin.do'), tight: true, end: true, render: (p) => !fixed && <IconButton icon="trash" label={t('admin.removeOf', { name: plain(p) })} onPress={() => setOpen({ part: which, act: 'remove', who: p })} /> },
        ]}
      />
    </section>
  )
  return (
    <>
      <PageHead title={plain(group.name) || plain(group.address)}>
        <bdi>{plain(group.address)}</bdi> · {t('admin.group')}
      </PageHead>
      <GroupName key={JSON.stringify([group.uuid, group.version])} group={group} onChanged={again} />
      {part('members', group.members ?? [], Boolean(group.filter))}
      {part('owners', group.owners ?? [], false)}
      {open && (
        <Dialog title={t(open.act === 'remove' ? 'admin.removeOf' : open.part === 'members' ? 'admin.addMember' : 'admin.addOwner', { name: plain(open.who) })} onClose={close}>
          {open.act === 'add' ? (
            <EntryPicker label={t('admin.who')} of="both" value={open.who} onChange={(who) => setOpen({ ...open, who })} isRequired autoFocus />
          ) : (
            <p>{t(open.part === 'members' ? 'admin.removeMemberWhy' : 'admin.removeOwnerWhy')}</p>
          )}
          <Doing
            change={open.who.trim() ? membership(group, open.part, open.act, open.who.trim()) : null}
            act={t(open.act === 'add' ? 'admin.add' : 'admin.remove')}
            danger={open.act === 'remove'}
            told={t('admin.saved')}
            onDone={() => (close(), again())}
            onCancel={close}
          />
        </Dialog>
      )}
    </>
  )
}
