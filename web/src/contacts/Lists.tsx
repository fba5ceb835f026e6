import { useState } from 'react'
import { useText } from '../i18n/text.ts'
import { roomHref } from '../mail/route.ts'
import { Blank } from '../ui/Blank.tsx'
import { Field } from '../ui/fields.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { ContactRow } from './ContactRow.tsx'
import { type Group, type GroupRequest } from './group.ts'
import { Requests } from './Requests.tsx'
import { fit } from './suggest.ts'

/** How many lists are shown at a time: who looks for others types a part of the name. */
const most = 200

/** Every list that one may know of, and what waits for one's answer. */
export function Lists({ groups, requests, onAnswer }: { groups: Group[]; requests: GroupRequest[]; onAnswer: () => Promise<void> }) {
  const t = useText()
  const [typed, setTyped] = useState('')
  const found = typed.trim() === '' ? groups : groups.filter((g) => fit(typed, g) > 0)
  const note = (g: Group) =>
    [
      g.memberCount === null ? '' : t('contacts.memberCount', { count: g.memberCount }),
      g.mayManage ? t('contacts.youManage') : g.isHeld ? t('contacts.youAreIn') : '',
    ]
      .filter(Boolean)
      .join(' · ')
  return (
    <>
      <PageHead title={t('contacts.lists')}>{t('contacts.listsWhy')}</PageHead>
      <Requests requests={requests.filter((r) => r.mayDecide)} withGroup onAnswer={onAnswer} />
      {groups.length === 0 ? (
        <Blank icon="team" title={t('contacts.noLists')} />
      ) : (
        <section className="page-section">
          {groups.length > 8 && <Field label={t('contacts.findList')} value={typed} onChange={setTyped} autoComplete="off" />}
          <ul className="contact-list" aria-label={t('contacts.lists')}>
            {found.slice(0, most).map((g) => (
              <ContactRow key={g.id} name={g.name || null} email={g.email} kind="group" note={note(g)} href={roomHref('contacts', `lists/${g.id}`)} />
            ))}
          </ul>
          {found.length === 0 && <p className="quiet">{t('contacts.nothingFound')}</p>}
          {found.length > most && <p className="quiet">{t('contacts.more', { count: found.length - most })}</p>}
        </section>
      )}
    </>
  )
}
