import { useCallback, useDeferredValue, useEffect, useState } from 'react'
import { useText } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { plain } from '../mail/person.ts'
import { write } from '../compose/write.ts'
import { useStore } from '../store/hooks.ts'
import type { Store } from '../store/store.ts'
import { Blank } from '../ui/Blank.tsx'
import { IconButton } from '../ui/Button.tsx'
import { Field } from '../ui/fields.tsx'
import { LoadedBlank } from '../ui/LoadedBlank.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { useLoaded } from '../ui/useLoaded.ts'
import { ContactRow } from './ContactRow.tsx'
import { homeOf } from './group.ts'
import { useNews } from './useNews.ts'

interface Principal {
  id: Id
  type: string
  name: string
  email: string | null
  accounts: Record<Id, unknown> | null
}

/** How many are read at a time. */
const most = 200

async function loadPeople(store: Store, text: string): Promise<{ list: Principal[]; more: number }> {
  const accountId = homeOf(store)
  const none = { operator: 'NOT', conditions: [{ type: 'group' }, { type: 'other' }] }
  const filter = text === '' ? none : { operator: 'AND', conditions: [none, { text }] }
  const ids = store.client.call<{ ids: Id[]; total: number }>('Principal/query', { accountId, filter, sort: [{ property: 'name', isAscending: true }], limit: most, calculateTotal: true })
  const got = await store.client.call<{ list: Principal[] }>('Principal/get', { accountId, '#ids': ids.ref('/ids'), properties: ['id', 'type', 'name', 'email', 'accounts'] })
  return { list: got.list, more: (await ids).total - got.list.length }
}

/** The people and mailboxes of the organisation. */
export function People({ me }: { me: string }) {
  const t = useText()
  const store = useStore()
  const [typed, setTyped] = useState('')
  const text = useDeferredValue(typed.trim())
  const load = useCallback(() => loadPeople(store, text), [store, text])
  const loaded = useLoaded(load)
  useNews(loaded.reload)
  // Those found before stay until others are.
  const [value, setValue] = useState(loaded.value)
  useEffect(() => {
    if (loaded.value) setValue(loaded.value)
  }, [loaded.value])
  return (
    <>
      <PageHead title={t('contacts.people')}>{t('contacts.peopleWhy')}</PageHead>
      <section className="page-section">
        <Field label={t('contacts.find')} value={typed} onChange={setTyped} autoComplete="off" />
        {value === undefined ? (
          <LoadedBlank of={loaded} />
        ) : value.list.length === 0 ? (
          <Blank icon="person" title={t('contacts.nothingFound')} />
        ) : (
          <ul className="contact-list" aria-label={t('contacts.people')}>
            {value.list.map((p) => (
              <ContactRow
                key={p.id}
                name={p.name === p.email ? null : p.name}
                email={p.email ?? ''}
                kind={p.type}
                note={p.email?.toLowerCase() === me.toLowerCase() ? t('contacts.you') : p.accounts ? t('contacts.sharedWithYou') : ''}
              >
                <IconButton icon="unread" label={t('contacts.writeTo', { name: plain(p.name) })} onPress={() => write({ kind: 'new', account: undefined, to: [{ name: p.name === p.email ? null : p.name, email: p.email ?? '' }] })} />
              </ContactRow>
            ))}
          </ul>
        )}
        {value && value.more > 0 && <p className="quiet">{t('contacts.more', { count: value.more })}</p>}
      </section>
    </>
  )
}
