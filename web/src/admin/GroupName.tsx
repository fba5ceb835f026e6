import { useState } from 'react'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { roomHref } from '../mail/route.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Field } from '../ui/fields.tsx'
import { Icon } from '../ui/Icon.tsx'
import { useMay } from './abilities.ts'
import { Doing } from './change.tsx'
import { entryHref } from './link.ts'
import type { Change, Group } from './wire.ts'

interface Props {
  group: Group
  onChanged: () => void
}

/** What a group is called, its address, and its end: for whoever may change that. */
export function GroupName({ group, onChanged }: Props) {
  const t = useText()
  const may = useMay('manage-groups')
  const [name, setName] = useState(group.name)
  const [open, setOpen] = useState<'address' | 'delete' | null>(null)
  if (!may) return null
  const seen = group.version ? { match: group.version } : {}
  const change: Change | null = name !== group.name ? { method: 'PATCH', path: ['groups', group.uuid], body: { name }, ...seen } : null
  const close = () => setOpen(null)
  /** Somebody else was faster: it is read again. */
  const look = () => (close(), onChanged())
  return (
    <section className="page-section" aria-labelledby="admin-group">
      <div className="admin-bar">
        <header>
          <h3 id="admin-group">{t('admin.group')}</h3>
        </header>
        <div className="admin-bar">
          <Button kind="line" onPress={() => setOpen('address')}>
            {t('admin.changeAddress')}
          </Button>
          <Button kind="line" onPress={() => setOpen('delete')}>
            <Icon name="trash" />
            {t('admin.deleteGroup')}
          </Button>
        </div>
      </div>
      <div className="form-grid">
        <Field label={t('admin.name')} value={name} onChange={setName} />
      </div>
      {change && <Doing change={change} act={t('admin.save')} told={t('admin.saved')} onDone={onChanged} onCancel={() => setName(group.name)} onOutdated={onChanged} />}
      {open === 'address' && <NewAddress group={group} onClose={close} onOutdated={look} />}
      {open === 'delete' && (
        <Dialog title={t('admin.deleteGroupOf', { name: plain(group.address) })} onClose={close}>
          <p>{t('admin.deleteGroupWhy')}</p>
          <Doing
            change={{ method: 'DELETE', path: ['groups', group.uuid], ...seen }}
            act={t('admin.deleteGroup')}
            danger
            told={t('admin.deletedGroup', { name: plain(group.address) })}
            onDone={() => location.assign(roomHref('admin', 'groups'))}
            onCancel={close}
            onOutdated={look}
          />
        </Dialog>
      )}
    </section>
  )
}

function NewAddress({ group, onClose, onOutdated }: { group: Group; onClose: () => void; onOutdated: () => void }) {
  const t = useText()
  const [address, setAddress] = useState(group.address)
  const to = address.trim()
  const change: Change | null = to && to !== group.address ? { method: 'PUT', path: ['groups', group.uuid, 'address'], body: { address: to }, ...(group.version && { match: group.version }) } : null
  return (
    <Dialog title={t('admin.changeAddressOf', { name: plain(group.address) })} onClose={onClose}>
      <p>{t('admin.changeAddressWhy')}</p>
      <Field label={t('admin.address')} inputMode="email" autoComplete="off" spellCheck="false" value={address} onChange={setAddress} isRequired autoFocus />
      <Doing
        change={change}
        act={t('admin.changeAddress')}
        told={t('admin.saved')}
        onDone={() => location.assign(entryHref('groups', { address: to, uuid: group.uuid }))}
        onCancel={onClose}
        onOutdated={onOutdated}
      />
    </Dialog>
  )
}
