import { type FormEvent, useEffect, useState } from 'react'
import { useText } from '../i18n/text.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Choose, Field, Radios, Tick } from '../ui/fields.tsx'
import { refusalOf } from '../ui/refusal.ts'
import { AddContact } from './AddContact.tsx'
import { entry, type Policy, postingOf } from './group.ts'
import type { ListProps } from './ListPage.tsx'
import { PartyList } from './PartyList.tsx'

const policies: readonly Policy[] = ['closed', 'approval', 'open']

/** How a list works, for its owners: who may write to it, join and leave, and who else owns it. */
export function ListSettings(props: ListProps) {
  return (
    <>
      <Posting {...props} />
      <Joining {...props} />
      <Owners {...props} />
      <Naming key={props.group.name} {...props} />
    </>
  )
}

function Posting({ group, me, change, attempt }: ListProps) {
  const t = useText()
  const is = postingOf(group)
  // What was chosen shows at once; "only those named" is more than the server keeps until somebody is.
  const [shown, setShown] = useState(is)
  useEffect(() => setShown((before) => (before === 'chosen' ? before : is)), [group, is])
  const posters = group.posters ?? {}
  const set = (value: typeof is) => {
    setShown(value)
    if (value === 'chosen' || value === is) return
    const before = Object.fromEntries(Object.keys(posters).map((key) => [key, true]))
    attempt({ posters: value === 'everybody' ? {} : { [group.email]: true } }, t(`contacts.posting.${value}.told`), { posters: before })
  }
  return (
    <section className="page-section" aria-labelledby="contacts-posting">
      <header>
        <h3 id="contacts-posting">{t('contacts.posting')}</h3>
      </header>
      <Radios
        label={t('contacts.postingWho')}
        value={shown}
        options={(['everybody', 'members', 'chosen'] as const).map((id) => ({ id, text: t(`contacts.posting.${id}`) }))}
        onChange={set}
      />
      {shown === 'chosen' && (
        <>
          <AddContact
            label={t('contacts.addPoster')}
            hint={Object.keys(posters).length === 0 ? t('contacts.posting.none') : ''}
            without={Object.keys(posters)}
            onAdd={(addresses) => change(Object.fromEntries(addresses.map((a) => [entry('posters', a), true])), t('contacts.posterAdded', { name: addresses.join(', ') }))}
          />
          <PartyList
            label={t('contacts.posting')}
            parties={posters}
            me={me}
            onRemove={(key, name) => attempt({ [entry('posters', key)]: null }, t('contacts.posterRemoved', { name }), { [entry('posters', key)]: true })}
          />
        </>
      )}
    </section>
  )
}

function Joining({ group, attempt }: ListProps) {
  const t = useText()
  const done = t('contacts.saved')
  if (group.isDynamic) return null
  const options = (what: 'join' | 'leave') => policies.map((id) => ({ id, text: t(`contacts.policy.${id}`), hint: t(`contacts.policy.${what}.${id}`) }))
  const set = (property: 'subscribe' | 'unsubscribe', value: Policy) => value !== group[property] && attempt({ [property]: value }, done, { [property]: group[property] })
  return (
    <section className="page-section" aria-labelledby="contacts-joining">
      <header>
        <h3 id="contacts-joining">{t('contacts.joining')}</h3>
      </header>
      <div className="list-choices">
        <Choose label={t('contacts.subscribe')} hint={t(`contacts.policy.join.${group.subscribe}`)} value={group.subscribe} options={options('join')} onChange={(value) => set('subscribe', value)} />
        <Choose label={t('contacts.unsubscribe')} hint={t(`contacts.policy.leave.${group.unsubscribe}`)} value={group.unsubscribe} options={options('leave')} onChange={(value) => set('unsubscribe', value)} />
      </div>
      <div>
        {group.subscribe !== 'closed' && (
          <Tick isSelected={group.outsiders} hint={t('contacts.outsidersWhy')} onChange={(outsiders) => attempt({ outsiders }, done, { outsiders: group.outsiders })}>
            {t('contacts.outsiders')}
          </Tick>
        )}
        <Tick isSelected={group.notifyNewMembers} hint={t('contacts.notifyWhy')} onChange={(notifyNewMembers) => attempt({ notifyNewMembers }, done, { notifyNewMembers: group.notifyNewMembers })}>
          {t('contacts.notify')}
        </Tick>
      </div>
    </section>
  )
}

function Owners({ group, me, change, attempt }: ListProps) {
  const t = useText()
  const [going, setGoing] = useState('')
  const owners = group.owners ?? {}
  const remove = (key: string, name: string, way = true) => attempt({ [entry('owners', key)]: null }, t('contacts.ownerRemoved', { name }), way ? { [entry('owners', key)]: true } : undefined)
  return (
    <section className="page-section" aria-labelledby="contacts-owners">
      <header>
        <h3 id="contacts-owners">{t('contacts.owners')}</h3>
        <p className="quiet">{t('contacts.ownersWhy')}</p>
      </header>
      <AddContact
        label={t('contacts.addOwner')}
        without={Object.keys(owners)}
        onAdd={(addresses) => change(Object.fromEntries(addresses.map((a) => [entry('owners', a), true])), t('contacts.ownerAdded', { name: addresses.join(', ') }))}
      />
      <PartyList label={t('contacts.owners')} parties={owners} me={me} onRemove={(key, name) => (key.toLowerCase() === me.toLowerCase() ? setGoing(key) : remove(key, name))} />
      {going !== '' && (
        <Dialog title={t('contacts.giveUpTitle')} onClose={() => setGoing('')}>
          <p>{t(Object.keys(owners).length > 1 ? 'contacts.giveUpWhy' : 'contacts.giveUpLast')}</p>
          <footer className="dialog-foot">
            <Button onPress={() => setGoing('')}>{t('ui.cancel')}</Button>
            <Button kind="main" onPress={() => (setGoing(''), remove(going, going, false))}>
              {t('contacts.giveUp')}
            </Button>
          </footer>
        </Dialog>
      )}
    </section>
  )
}

function Naming({ group, change }: ListProps) {
  const t = useText()
  const [name, setName] = useState(group.name)
  const [fault, setFault] = useState('')
  const save = (event: FormEvent) => {
    event.preventDefault()
    change({ name }, t('contacts.saved'), { name: group.name }).catch((error: unknown) => setFault(refusalOf(error, t)))
  }
  return (
    <form className="page-section list-naming" onSubmit={save}>
      <Field label={t('contacts.name')} hint={t('contacts.nameWhy')} value={name} fault={fault} maxLength={200} onChange={(text) => (setName(text), setFault(''))} />
      <Button type="submit" kind="line" isDisabled={name.trim() === group.name}>
        {t('ui.save')}
      </Button>
    </form>
  )
}
