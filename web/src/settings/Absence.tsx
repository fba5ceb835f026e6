import { type FormEvent, useCallback, useState } from 'react'
import { useText } from '../i18n/text.ts'
import { JMAPError } from '../jmap/error.ts'
import type { Id } from '../jmap/types.ts'
import { plain } from '../mail/person.ts'
import { homeOf } from '../sharing/share.ts'
import { useAccounts, useStore } from '../store/hooks.ts'
import type { Store } from '../store/store.ts'
import { Button } from '../ui/Button.tsx'
import { beginOf, dayOf, endOf, lastDayOf } from '../ui/day.ts'
import { Choose, Field, Radios, Tick } from '../ui/fields.tsx'
import { LoadedBlank } from '../ui/LoadedBlank.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { type FieldTexts, refusalOf } from '../ui/refusal.ts'
import { tell } from '../ui/toast.tsx'
import { useLoaded } from '../ui/useLoaded.ts'
import './settings.css'

/** A VacationResponse (RFC 8621 §8) with the properties of our own capability. */
interface Vacation {
  isEnabled: boolean
  fromDate: string | null
  toDate: string | null
  subject: string | null
  textBody: string | null
  outsiders: 'same' | 'other' | 'none'
  outsideTextBody: string | null
  repeatDays: number
}

/** The automatic replies of every mailbox of which this person may set them, their own first. */
async function load(store: Store): Promise<Map<Id, Vacation>> {
  const home = homeOf(store)
  const ids = [home, ...store.accounts.map((a) => a.id).filter((id) => id !== home)]
  const asked = ids.map((id) =>
    store.client.call<{ list: Vacation[] }>('VacationResponse/get', { accountId: id, ids: null }).then(
      (got) => got.list[0],
      (error: unknown) => {
        if (id !== home && error instanceof JMAPError && (error.kind === 'denied' || error.kind === 'notFound')) return undefined
        throw error
      },
    ),
  )
  const found = await Promise.all(asked)
  return new Map(ids.flatMap((id, i) => (found[i] ? [[id, found[i]] as const] : [])))
}

/** Out-of-office: what is answered while one is away. */
export default function Absence() {
  const t = useText()
  const store = useStore()
  const accounts = useAccounts()
  const read = useCallback(() => load(store), [store])
  const loaded = useLoaded(read)
  const [account, setAccount] = useState<Id | null>(null)
  const { value } = loaded
  const chosen = account && value?.has(account) ? account : value?.keys().next().value
  const vacation = chosen ? value?.get(chosen) : undefined
  return (
    <>
      <PageHead title={t('settings.absence')}>{t('settings.absenceWhy')}</PageHead>
      {!value || !chosen || !vacation ? (
        <LoadedBlank of={loaded} />
      ) : (
        <>
          {value.size > 1 && (
            <div className="page-narrow">
              <Choose label={t('settings.mailbox')} value={chosen} options={[...value.keys()].map((id) => ({ id, text: plain(accounts.find((a) => a.id === id)?.name) || id }))} onChange={setAccount} />
            </div>
          )}
          <AbsenceForm key={chosen} account={chosen} vacation={vacation} reload={loaded.reload} />
        </>
      )}
    </>
  )
}

/** What the form calls the properties of an automatic reply. */
const fields: FieldTexts = {
  fromDate: 'settings.firstDay', toDate: 'settings.lastDay', subject: 'settings.absenceSubject', textBody: 'settings.absenceText',
  outsiders: 'settings.outsiders', outsideTextBody: 'settings.outsideText', repeatDays: 'settings.again',
}

function AbsenceForm({ account, vacation, reload }: { account: Id; vacation: Vacation; reload: () => Promise<void> }) {
  const t = useText()
  const store = useStore()
  const [on, setOn] = useState(vacation.isEnabled)
  const [from, setFrom] = useState(() => dayOf(vacation.fromDate))
  const [to, setTo] = useState(() => lastDayOf(vacation.toDate))
  const [subject, setSubject] = useState(vacation.subject ?? '')
  const [text, setText] = useState(vacation.textBody ?? '')
  const [outsiders, setOutsiders] = useState(vacation.outsiders)
  const [outsideText, setOutsideText] = useState(vacation.outsideTextBody ?? '')
  const [days, setDays] = useState(String(vacation.repeatDays))
  const [fault, setFault] = useState('')
  const [busy, setBusy] = useState(false)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    setFault('')
    // A moment within a day that was set elsewhere stays as it is until the day is changed.
    const fromDate = from === dayOf(vacation.fromDate) ? vacation.fromDate : beginOf(from)
    const toDate = to === lastDayOf(vacation.toDate) ? vacation.toDate : endOf(to)
    const values = { isEnabled: on, fromDate, toDate, subject: subject.trim() || null, textBody: text || null, outsiders, outsideTextBody: outsideText || null, repeatDays: Number(days) }
    try {
      await store.client.set('VacationResponse', { accountId: account, update: { singleton: values } })
      tell(t(on ? 'settings.absenceOn' : 'settings.absenceOff'))
      await reload()
    } catch (error) {
      setFault(refusalOf(error, t, fields))
    } finally {
      setBusy(false)
    }
  }

  return (
    <form noValidate className="absence" onSubmit={(event) => void submit(event)}>
      <Tick isSelected={on} onChange={setOn}>
        {t('settings.answerBySelf')}
      </Tick>
      <div className="absence-days">
        <Field label={t('settings.firstDay')} type="date" value={from} onChange={setFrom} isDisabled={!on} />
        <Field label={t('settings.lastDay')} type="date" value={to} min={from} onChange={setTo} isDisabled={!on} />
      </div>
      <Field label={t('settings.absenceSubject')} hint={t('settings.absenceSubjectWhy')} value={subject} onChange={setSubject} isDisabled={!on} />
      <Field label={t('settings.absenceText')} rows={6} value={text} onChange={setText} isDisabled={!on} />
      <Radios
        label={t('settings.outsiders')}
        value={outsiders}
        isDisabled={!on}
        options={(['same', 'other', 'none'] as const).map((id) => ({ id, text: t(`settings.outsiders.${id}`) }))}
        onChange={setOutsiders}
      />
      {outsiders === 'other' && <Field label={t('settings.outsideText')} rows={6} value={outsideText} onChange={setOutsideText} isDisabled={!on} />}
      <div className="page-narrow">
        <Choose
          label={t('settings.again')}
          value={days}
          isDisabled={!on}
          options={[...new Set(['1', '3', '7', '14', '30', days])].sort((a, b) => Number(a) - Number(b)).map((id) => ({ id, text: t('settings.againDays', { count: Number(id) }) }))}
          onChange={setDays}
        />
      </div>
      {fault && (
        <p className="refusal" role="alert">
          {fault}
        </p>
      )}
      <footer className="page-actions">
        <Button kind="main" type="submit" aria-busy={busy}>
          {t('ui.save')}
        </Button>
      </footer>
    </form>
  )
}
