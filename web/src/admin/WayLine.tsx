import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { useFormat } from '../ui/format.ts'
import type { Way } from './wire.ts'
import { explainedRights, wayWords } from './words.ts'

/** A way to rights, in words: by whom, what, where, until when; smaller, what a role is made of. */
export function WayLine({ way, ended }: { way: Way; ended?: boolean }) {
  const t = useText()
  const format = useFormat()
  const words = wayWords(t, way)
  const more = [explainedRights(t, way), way.until && t('admin.untilWhen', { date: format.full(way.until) }), way.reason && t('admin.glass', { reason: plain(way.reason) })]
  return (
    <>
      <bdi>{ended ? t('admin.way.ends', { way: words }) : words}</bdi>
      {more.some(Boolean) && <bdi className="way-more">{more.filter(Boolean).join(' · ')}</bdi>}
    </>
  )
}

/** A key for a way among others of one person on one thing. */
export const wayKey = (way: Way): string => [...way.via, way.effect, way.rights, way.on].join(' ')
