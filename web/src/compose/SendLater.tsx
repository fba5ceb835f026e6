import { useId, useState } from 'react'
import { useText } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { useStore } from '../store/hooks.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { useFormat } from '../ui/format.ts'
import { localTime, nextMonday, tomorrow } from './later.ts'

interface Props {
  account: Id
  onClose: () => void
  onChoose: (when: Date) => void
}

/** Asks when a message is to be sent. */
export function SendLater({ account, onClose, onChoose }: Props) {
  const t = useText()
  const format = useFormat()
  const store = useStore()
  const id = useId()
  const [now] = useState(() => new Date())
  const [value, setValue] = useState(() => localTime(tomorrow(now)))
  const most = Math.min(store.client.limit('maxDelayedSend', 'urn:ietf:params:jmap:submission', account), 366 * 86_400)
  const at = new Date(value)
  const bad = Number.isNaN(at.getTime()) || at <= now || at.getTime() - now.getTime() > most * 1000
  const offers = [
    { text: t('compose.inHour'), when: new Date(now.getTime() + 3_600_000) },
    { text: t('compose.tomorrow'), when: tomorrow(now) },
    { text: t('compose.monday'), when: nextMonday(now) },
  ]
  return (
    <Dialog title={t('compose.chooseWhen')} onClose={onClose}>
      <div className="later-offers">
        {offers.map((offer) => (
          <Button key={offer.text} kind="line" onPress={() => onChoose(offer.when)}>
            {offer.text}
            <span className="quiet">{format.full(offer.when.toISOString())}</span>
          </Button>
        ))}
      </div>
      <div className="field">
        <label htmlFor={id}>{t('compose.choose')}</label>
        <input id={id} type="datetime-local" value={value} min={localTime(now)} aria-invalid={bad || undefined} aria-describedby={bad ? `${id}-fault` : undefined} onChange={(event) => setValue(event.target.value)} />
        {bad && (
          <p className="composer-fault" id={`${id}-fault`} role="alert">
            {t('compose.whenBad', { days: Math.floor(most / 86_400) })}
          </p>
        )}
      </div>
      <footer className="dialog-foot">
        <Button onPress={onClose}>{t('ui.cancel')}</Button>
        <Button kind="main" isDisabled={bad} onPress={() => onChoose(at)}>
          {t('compose.chooseWhen')}
        </Button>
      </footer>
    </Dialog>
  )
}
