import { useState } from 'react'
import { useText } from '../i18n/text.ts'
import { Tick } from '../ui/fields.tsx'
import { wantsKeeping } from './device.ts'
import type { SessionKeeper } from './session.ts'

/** Not to be ticked on a computer that others use, too. */
export default function KeepHere({ keeper }: { keeper: SessionKeeper }) {
  const t = useText()
  const [kept, setKept] = useState(wantsKeeping)
  const choose = (keep: boolean) => {
    setKept(keep)
    void keeper.keep(keep ? 'on' : 'off')
  }
  return (
    <Tick isSelected={kept} onChange={choose} hint={t('session.keepHint')}>
      {t('session.keep')}
    </Tick>
  )
}
