import { useState } from 'react'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { IconButton } from '../ui/Button.tsx'
import { Field } from '../ui/fields.tsx'
import { ContactRow } from './ContactRow.tsx'
import type { Party } from './group.ts'
import { fit } from './suggest.ts'

interface Props {
  label: string
  parties: Readonly<Record<string, Party & { isDenied?: boolean }>>
  me: string
  /** Takes one out; without it the list is only read. */
  onRemove?: (key: string, name: string) => void
}

/** How many are shown at a time. */
const most = 200
/** From so many on, one looks for a name. */
const many = 12

/** The people of a list. */
export function PartyList({ label, parties, me, onRemove }: Props) {
  const t = useText()
  const [typed, setTyped] = useState('')
  const all = Object.entries(parties).map(([key, party]) => ({ key, party, name: plain(party.name) || plain(key) }))
  all.sort((a, b) => a.name.localeCompare(b.name))
  const found = typed.trim() === '' ? all : all.filter(({ key, party }) => fit(typed, { name: party.name, email: key }) > 0)
  const note = (key: string, party: Party & { isDenied?: boolean }) => {
    if (party.isDenied) return t('contacts.denied')
    if (key.toLowerCase() === me.toLowerCase()) return t('contacts.you')
    if (party.type === 'group') return t('contacts.aList')
    return party.type === 'outside' ? t('contacts.outside') : ''
  }
  return (
    <>
      {all.length > many && <Field label={t('contacts.findMember')} value={typed} onChange={setTyped} autoComplete="off" />}
      <ul className="contact-list" aria-label={label}>
        {found.slice(0, most).map(({ key, party, name }) => (
          <ContactRow key={key} name={party.name} email={key === 'org' ? t('contacts.organisation') : key} kind={party.type} note={note(key, party)}>
            {onRemove && <IconButton icon="close" label={t('contacts.removeOf', { name })} onPress={() => onRemove(key, name)} />}
          </ContactRow>
        ))}
      </ul>
      {found.length === 0 && all.length > 0 && <p className="quiet">{t('contacts.nothingFound')}</p>}
      {found.length > most && <p className="quiet">{t('contacts.more', { count: found.length - most })}</p>}
    </>
  )
}
