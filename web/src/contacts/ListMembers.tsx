import { useText } from '../i18n/text.ts'
import { AddContact } from './AddContact.tsx'
import { entry } from './group.ts'
import type { ListProps } from './ListPage.tsx'
import { PartyList } from './PartyList.tsx'

/** Who is in a list; its owners add and remove. */
export function ListMembers({ group, me, change, attempt }: ListProps) {
  const t = useText()
  const { members } = group
  if (!members) return null
  const byHand = group.mayManage && !group.isDynamic
  const count = Object.keys(members).length
  const path = (key: string) => entry('members', key)
  return (
    <section className="page-section" aria-labelledby="contacts-members">
      <header>
        <h3 id="contacts-members">{t('contacts.members')}</h3>
        {group.isDynamic && <p className="quiet">{group.filter ? t('contacts.filtered', { filter: group.filter }) : t('contacts.filteredSome')}</p>}
        {count === 0 && <p className="quiet">{t('contacts.noMembers')}</p>}
      </header>
      {byHand && (
        <AddContact
          label={t('contacts.addMember')}
          hint={group.gives && group.gives.length > 0 ? t('contacts.addMemberGives') : t('contacts.addMemberMail')}
          without={[...Object.keys(members), group.email]}
          onAdd={(addresses) =>
            change(Object.fromEntries(addresses.map((a) => [path(a), true])), t('contacts.added', { name: addresses.join(', ') }), Object.fromEntries(addresses.map((a) => [path(a), null])))
          }
        />
      )}
      {count > 0 && (
        <PartyList
          label={t('contacts.members')}
          parties={members}
          me={me}
          {...(byHand && { onRemove: (key, name) => attempt({ [path(key)]: null }, t('contacts.removed', { name }), { [path(key)]: true }) })}
        />
      )}
    </section>
  )
}
