import { useCallback, useEffect } from 'react'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { roomHref } from '../mail/route.ts'
import type { RoomProps } from '../rooms.ts'
import { useStore } from '../store/hooks.ts'
import { Blank } from '../ui/Blank.tsx'
import { LoadedBlank } from '../ui/LoadedBlank.tsx'
import { phone, useMedia } from '../ui/media.ts'
import { Pages } from '../ui/Pages.tsx'
import { useLoaded } from '../ui/useLoaded.ts'
import './contacts.css'
import { type Group, groupName, loadGroups } from './group.ts'
import { ListPage } from './ListPage.tsx'
import { Lists } from './Lists.tsx'
import { People } from './People.tsx'
import { useNews } from './useNews.ts'

/** The people, mailboxes and lists of the organisation. */
export default function Contacts({ page, person, back }: RoomProps) {
  const t = useText()
  const store = useStore()
  const isPhone = useMedia(phone)
  const load = useCallback(() => loadGroups(store), [store])
  const loaded = useLoaded(load)
  useNews(loaded.reload)
  const groups = loaded.value?.groups ?? []
  const current = page === '' && !isPhone ? 'people' : page
  const id = current.startsWith('lists/') ? current.slice('lists/'.length) : undefined
  const chosen = groups.find((g) => g.id === id)
  const title = chosen ? plain(groupName(chosen)) : current === 'lists' ? t('contacts.lists') : current === 'people' ? t('contacts.people') : ''
  useEffect(() => {
    document.title = title ? `${title} · ${t('contacts.title')}` : t('contacts.title')
  }, [title, t])

  const link = (g: Group) => ({ id: `lists/${g.id}`, title: plain(groupName(g)), icon: 'team' as const, href: roomHref('contacts', `lists/${g.id}`) })
  const named = (name: string, list: Group[]) => (list.length > 0 ? [{ title: name, pages: list.slice(0, 50).map(link) }] : [])
  const content = () => {
    if (current === 'people') return <People me={person.address} />
    if (current !== 'lists' && !id) return <Blank icon="contacts" title={t('contacts.noPage')} />
    if (!loaded.value) return <LoadedBlank of={loaded} />
    if (!id) return <Lists {...loaded.value} onAnswer={loaded.reload} />
    return <ListPage key={id} id={id} me={person.address} requests={loaded.value.requests.filter((r) => r.groupId === id)} onChange={loaded.reload} />
  }
  return (
    <Pages
      title={t('contacts.title')}
      back={{ href: back, title: t('settings.toMail') }}
      groups={[
        {
          pages: [
            { id: 'people', title: t('contacts.people'), icon: 'person', href: roomHref('contacts', 'people') },
            { id: 'lists', title: t('contacts.lists'), icon: 'team', href: roomHref('contacts', 'lists') },
          ],
        },
        ...named(t('contacts.managed'), groups.filter((g) => g.mayManage)),
        ...named(t('contacts.memberOf'), groups.filter((g) => g.isHeld && !g.mayManage)),
      ]}
      current={current}
    >
      {content()}
    </Pages>
  )
}
