import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { roomHref } from '../mail/route.ts'
import { useApi } from '../session/api.ts'
import { AddressText } from './AddressText.tsx'
import { Listing } from './Listing.tsx'
import { useLoad } from './load.ts'
import { WayLine, wayKey } from './WayLine.tsx'
import type { Holder } from './wire.ts'
import { actWord, letterWords } from './words.ts'

interface Props {
  label: string
  path: string
  query: Record<string, string>
  /** The person and the mailbox that the explanation is about. */
  subject: (h: Holder) => readonly [string, string]
}

/** Who has access, or to what, with the ways by which it comes. */
export function Holders({ label, path, query, subject }: Props) {
  const t = useText()
  const api = useApi()
  const { value, error, again } = useLoad<readonly Holder[]>(JSON.stringify([path, query]), async (signal) => (await api.get<Holder[] | null>(path, query, signal)) ?? [])
  return (
    <Listing<Holder>
      label={label}
      rows={value}
      error={error}
      onAgain={again}
      id={(h) => `${h.address} ${h.collection ?? ''}`}
      empty={{ icon: 'key', title: t('admin.nobodyHas') }}
      fields={[
        { id: 'address', title: t('admin.address'), isName: true, render: (h) => <AddressText of={h.address} /> },
        { id: 'on', title: t('admin.folder'), minor: true, render: (h) => <bdi>{h.collection === '/' || !h.collection ? t('admin.whole') : plain(h.collection)}</bdi> },
        { id: 'rights', title: t('admin.rights'), render: (h) => [letterWords(t, h.rights ?? ''), ...(h.send ?? []).map((s) => actWord(t, s))].filter(Boolean).join(', ') || t('admin.none') },
        {
          id: 'via', title: t('admin.via'), minor: true,
          render: (h) => (
            <ul className="ways">
              {(h.ways ?? []).map((way) => (
                <li key={wayKey(way)}>
                  <WayLine way={way} />
                </li>
              ))}
            </ul>
          ),
        },
        { id: 'why', title: t('admin.why'), tight: true, render: (h) => <a href={roomHref('admin', ['access', ...subject(h)].join('/'))}>{t('admin.why')}</a> },
      ]}
    />
  )
}
