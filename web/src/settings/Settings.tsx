import { Suspense, useEffect } from 'react'
import { useText } from '../i18n/text.ts'
import { roomHref } from '../mail/route.ts'
import type { RoomProps } from '../rooms.ts'
import { Blank } from '../ui/Blank.tsx'
import { useMedia, phone } from '../ui/media.ts'
import { Pages } from '../ui/Pages.tsx'
import { pages } from './pages.ts'

/** What one can set for oneself. */
export default function Settings({ page, person, back }: RoomProps) {
  const t = useText()
  const isPhone = useMedia(phone)
  const chosen = page === '' && !isPhone ? pages[0] : pages.find((p) => p.id === page)
  const current = page === '' && !chosen ? '' : (chosen?.id ?? page)
  const title = chosen ? t(chosen.title) : ''
  useEffect(() => {
    document.title = title ? `${title} · ${t('settings.title')}` : t('settings.title')
  }, [title, t])
  const Page = chosen?.component
  return (
    <Pages
      title={t('settings.title')}
      back={{ href: back, title: t('settings.toMail') }}
      groups={[{ pages: pages.map((p) => ({ id: p.id, title: t(p.title), icon: p.icon, href: roomHref('settings', p.id) })) }]}
      current={current}
    >
      <Suspense fallback={<Blank icon="refresh" title={t('ui.loading')} />}>{Page ? <Page key={chosen.id} person={person} /> : <Blank icon="settings" title={t('settings.noPage')} />}</Suspense>
    </Pages>
  )
}
