import { type ReactNode, useEffect } from 'react'
import { type MessageId, useText } from '../i18n/text.ts'
import { roomHref } from '../mail/route.ts'
import type { RoomProps } from '../rooms.ts'
import { Blank } from '../ui/Blank.tsx'
import type { IconName } from '../ui/Icon.tsx'
import { phone, useMedia } from '../ui/media.ts'
import { Pages } from '../ui/Pages.tsx'
import { AccountPage } from './Account.tsx'
import { Accounts, isKind } from './Accounts.tsx'
import { Audit } from './Audit.tsx'
import { DomainPage, Domains } from './Domains.tsx'
import { Explain } from './Explain.tsx'
import { GroupPage, Groups } from './Groups.tsx'
import { NewMailbox } from './NewMailbox.tsx'
import { Queue } from './Queue.tsx'
import { AbilitiesContext } from './abilities.ts'
import './admin.css'

interface Page {
  id: string
  title: MessageId
  icon: IconName
  /** One of these abilities makes it useful; none: it always is. What may be done there is the server's to decide. */
  needs?: readonly string[]
  page: (rest: readonly string[]) => ReactNode
}

const pages: readonly Page[] = [
  {
    id: 'accounts', title: 'admin.accounts', icon: 'person',
    page: ([name, tab]) => (name === 'new' ? <NewMailbox /> : name && !isKind(name) ? <AccountPage key={name} name={name} tab={tab ?? ''} /> : <Accounts kind={name ?? ''} />),
  },
  { id: 'groups', title: 'admin.groups', icon: 'team', page: ([name]) => (name ? <GroupPage key={name} name={name} /> : <Groups />) },
  { id: 'domains', title: 'admin.domains', icon: 'language', page: ([name]) => (name ? <DomainPage key={name} name={name} /> : <Domains />) },
  { id: 'access', title: 'admin.explain', icon: 'key', needs: ['see-access', 'manage-grants', 'manage-send-rights', 'break-glass'], page: (rest) => <Explain key={rest.join('/')} user={rest[0] ?? ''} target={rest[1] ?? ''} /> },
  { id: 'audit', title: 'admin.audit', icon: 'list', needs: ['read-audit'], page: (rest) => <Audit key={rest.join('/')} asked={rest[0] ?? ''} of={rest[1] ?? ''} /> },
  { id: 'queue', title: 'admin.queue', icon: 'sent', needs: ['manage-queue'], page: () => <Queue /> },
]

/** Administration: what an administrator sees and does. Everything is asked of the server, which decides. */
export default function Admin({ page, person, back }: RoomProps) {
  const t = useText()
  const isPhone = useMedia(phone)
  const mine = person.admin === 'none' ? [] : pages.filter((p) => !p.needs || p.needs.some((ability) => person.abilities.includes(ability)))
  const [id = '', ...rest] = page.split('/').filter(Boolean)
  const chosen = id === '' && !isPhone ? mine[0] : mine.find((p) => p.id === id)
  const title = chosen ? t(chosen.title) : ''
  useEffect(() => {
    document.title = title ? `${title} · ${t('mail.administration')}` : t('mail.administration')
  }, [title, t])
  return (
    <Pages
      title={t('mail.administration')}
      back={{ href: back, title: t('settings.toMail') }}
      groups={[{ pages: mine.map((p) => ({ id: p.id, title: t(p.title), icon: p.icon, href: roomHref('admin', p.id) })) }]}
      current={chosen?.id ?? id}
      size="table"
    >
      {chosen ? <AbilitiesContext value={person.abilities}>{chosen.page(rest)}</AbilitiesContext> : <Blank icon="shield" title={t(person.admin === 'none' ? 'admin.notFor' : 'settings.noPage')} />}
    </Pages>
  )
}
