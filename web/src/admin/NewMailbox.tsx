import { useState } from 'react'
import { useText } from '../i18n/text.ts'
import { go, roomHref } from '../mail/route.ts'
import { adminPath, useApi } from '../session/api.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { Choose, Field } from '../ui/fields.tsx'
import { Icon } from '../ui/Icon.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { Doing } from './change.tsx'
import { type Delegation, delegationBody, DelegationFields, displays, freshDelegation } from './delegation.tsx'
import { useLoad } from './load.ts'
import type { Change, DisplayedSender, Domain, Plan } from './wire.ts'

/** Creates a shared mailbox with all that belongs to it, in one change. */
export function NewMailbox() {
  const t = useText()
  const api = useApi()
  const { value: domains } = useLoad<Domain[] | null>('domains', (signal) => api.get(adminPath('domains'), {}, signal))
  const { value: plans } = useLoad<Plan[] | null>('plans', (signal) => api.get(adminPath('plans'), {}, signal))
  const [address, setAddress] = useState('')
  const [name, setName] = useState('')
  const [plan, setPlan] = useState('usual')
  const [displayed, setDisplayed] = useState<DisplayedSender>('inherit')
  const [people, setPeople] = useState<readonly (Delegation & { key: number })[]>([{ ...freshDelegation, key: 0 }])
  const wanted = people.filter((p) => p.grantee.trim() !== '')
  const change: Change | null = address.trim()
    ? {
        method: 'POST', path: ['accounts'],
        body: { address: address.trim(), name: name.trim(), kind: 'shared', ...(plan !== 'usual' && { plan: plan.slice('plan '.length) }), displayed_sender: displayed, delegates: wanted.map(delegationBody) },
      }
    : null
  return (
    <>
      <PageHead title={t('admin.newMailbox')}>{t('admin.newMailboxWhy')}</PageHead>
      <section className="page-section form-grid" aria-label={t('admin.mailbox')}>
        <Field label={t('admin.address')} inputMode="email" autoComplete="off" spellCheck="false" value={address} onChange={setAddress} placeholder={`info@${domains?.[0]?.name ?? 'example.test'}`} isRequired autoFocus />
        <Field label={t('admin.name')} hint={t('admin.nameWhy')} value={name} onChange={setName} />
        <Choose label={t('admin.plan')} value={plan} options={[{ id: 'usual', text: t('admin.planUsual') }, ...(plans ?? []).map((p) => ({ id: `plan ${p.name}`, text: p.name }))]} onChange={setPlan} />
        <Choose label={t('admin.displayedOf')} value={displayed} options={displays.map((id) => ({ id, text: t(`admin.displayed.${id}`), hint: t(`admin.displayedOf.${id}`) }))} onChange={setDisplayed} />
      </section>
      <section className="page-section" aria-labelledby="admin-people">
        <header>
          <h3 id="admin-people">{t('admin.people')}</h3>
          <p className="quiet">{t('admin.peopleWhy')}</p>
        </header>
        {people.map((person, i) => (
          <div key={person.key} className="admin-card" role="group" aria-label={t('admin.personNumber', { number: i + 1 })}>
            <DelegationFields value={person} onChange={(next) => setPeople(people.map((p) => (p === person ? { ...next, key: p.key } : p)))} />
            <IconButton icon="trash" label={t('admin.dropPerson')} onPress={() => setPeople(people.filter((p) => p !== person))} />
          </div>
        ))}
        <div className="page-actions">
          <Button kind="line" onPress={() => setPeople([...people, { ...freshDelegation, key: (people.at(-1)?.key ?? 0) + 1 }])}>
            <Icon name="plus" />
            {t('admin.addPerson')}
          </Button>
        </div>
      </section>
      <Doing
        change={change}
        act={t('admin.create')}
        told={t('admin.created', { name: address.trim() })}
        onDone={() => go({ place: { kind: 'room', room: 'admin', page: `accounts/${address.trim()}/delegates` }, search: '', open: null })}
        onCancel={() => location.assign(roomHref('admin', 'accounts'))}
      />
    </>
  )
}
