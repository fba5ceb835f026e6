import { type FormEvent, useCallback, useMemo, useState } from 'react'
import { type MessageId, useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { useApi } from '../session/api.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Field, Radios, Tick } from '../ui/fields.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadedBlank } from '../ui/LoadedBlank.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { refusalOf } from '../ui/refusal.ts'
import { tell, tellFailure } from '../ui/toast.tsx'
import { useLoaded } from '../ui/useLoaded.ts'
import { OnceDialog } from './CodeDialog.tsx'
import { Entry, usedText } from './Entry.tsx'
import type { SettingsProps } from './pages.ts'
import { type AppPassword, OwnSignIn } from './signin.ts'
import './signin.css'

/** What an app password leaves of the rights on folders, in the server's letters. */
const masks = { all: 'all', readWrite: 'rwidx', read: 'r' } as const

type Mask = keyof typeof masks

const maskWords: Record<Mask, MessageId> = { all: 'signin.mask.all', readWrite: 'signin.mask.readWrite', read: 'signin.mask.read' }

/** Passwords for one program each. */
export default function AppPasswords({ person }: SettingsProps) {
  const t = useText()
  const api = useApi()
  const format = useFormat()
  const own = useMemo(() => new OwnSignIn(api, person.address), [api, person.address])
  const read = useCallback(() => own.appPasswords(), [own])
  const loaded = useLoaded(read)
  const { value, reload } = loaded
  const [making, setMaking] = useState(false)
  const [made, setMade] = useState<AppPassword | null>(null)
  const [removing, setRemoving] = useState<AppPassword | null>(null)

  const remove = async (which: AppPassword) => {
    setRemoving(null)
    try {
      await own.removeAppPassword(which.name)
      tell(t('signin.removed', { name: plain(which.name) }))
    } catch (error) {
      tellFailure(refusalOf(error, t))
    }
    await reload()
  }
  const facts = (a: AppPassword) => {
    const mask = (Object.keys(masks) as Mask[]).find((m) => masks[m] === a.rights)
    const may = [mask ? t(maskWords[mask]) : a.rights, t(a.send ? 'signin.maySend' : 'signin.mayNotSend')]
    if (a.abilities.length > 0) may.push(t('signin.administers'))
    if (a.until) may.push(t('signin.until', { when: format.day(a.until) }))
    return [may.join(' · '), `${t('signin.added', { when: format.day(a.created) })} · ${usedText(a.used, t, format)}`]
  }
  return (
    <>
      <PageHead title={t('signin.apps')}>{t('signin.appsIntro')}</PageHead>
      {value ? (
        <section className="page-section" aria-label={t('signin.apps')}>
          {value.length > 0 ? (
            <ul className="signin-list">
              {value.map((a) => (
                <Entry key={a.name} icon="key" name={plain(a.name)} facts={facts(a)}>
                  <Button aria-label={t('signin.removeWhat', { name: plain(a.name) })} onPress={() => setRemoving(a)}>
                    {t('signin.remove')}
                  </Button>
                </Entry>
              ))}
            </ul>
          ) : (
            <p className="quiet">{t('signin.noApps')}</p>
          )}
          <div className="page-actions">
            <Button kind="line" onPress={() => setMaking(true)}>
              {t('signin.makeApp')}
            </Button>
          </div>
        </section>
      ) : (
        <LoadedBlank of={loaded} />
      )}
      {making && (
        <MakeDialog
          own={own}
          administers={person.abilities}
          onMade={(secret) => {
            setMaking(false)
            setMade(secret)
            void reload()
          }}
          onClose={() => setMaking(false)}
        />
      )}
      {made && <OnceDialog title={t('signin.appMade', { name: plain(made.name) })} why={t('signin.appMadeWhy', { address: person.address })} lines={[made.secret ?? '']} onClose={() => setMade(null)} />}
      {removing && (
        <Dialog title={t('signin.removeWhat', { name: plain(removing.name) })} onClose={() => setRemoving(null)}>
          <p>{t('signin.removeAppWhy')}</p>
          <footer className="dialog-foot">
            <Button onPress={() => setRemoving(null)}>{t('ui.cancel')}</Button>
            <Button kind="main" onPress={() => void remove(removing)}>
              {t('signin.remove')}
            </Button>
          </footer>
        </Dialog>
      )}
    </>
  )
}

interface MakeProps {
  own: OwnSignIn
  /** What the person administers: a program may be left it. */
  administers: readonly string[]
  onMade: (made: AppPassword) => void
  onClose: () => void
}

function MakeDialog({ own, administers, onMade, onClose }: MakeProps) {
  const t = useText()
  const [name, setName] = useState('')
  const [mask, setMask] = useState<Mask>('all')
  const [send, setSend] = useState(true)
  const [abilities, setAbilities] = useState(false)
  const [until, setUntil] = useState('')
  const [fault, setFault] = useState('')
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    try {
      const end = until ? new Date(`${until}T23:59:59`).toISOString() : undefined
      onMade(await own.addAppPassword({ name: name.trim(), rights: masks[mask], send, abilities: abilities ? [...administers] : [], until: end }))
    } catch (error) {
      setFault(refusalOf(error, t, { name: 'signin.appName', rights: 'signin.mayDo', until: 'signin.endsOn' }))
    }
  }
  return (
    <Dialog title={t('signin.makeApp')} onClose={onClose}>
      <form className="signin-form" onSubmit={(event) => void submit(event)}>
        <Field label={t('signin.appName')} hint={t('signin.appNameHint')} value={name} onChange={setName} fault={fault || undefined} autoFocus isRequired maxLength={100} />
        <Radios label={t('signin.mayDo')} value={mask} options={(Object.keys(masks) as Mask[]).map((id) => ({ id, text: t(maskWords[id]) }))} onChange={setMask} />
        <div>
          <Tick isSelected={send} onChange={setSend}>
            {t('signin.maySend')}
          </Tick>
          {administers.length > 0 && (
            <Tick isSelected={abilities} onChange={setAbilities} hint={t('signin.administersWhy')}>
              {t('signin.administers')}
            </Tick>
          )}
        </div>
        <Field label={t('signin.endsOn')} hint={t('signin.endsOnHint')} type="date" value={until} onChange={setUntil} />
        <footer className="dialog-foot">
          <Button onPress={onClose}>{t('ui.cancel')}</Button>
          <Button kind="main" type="submit" isDisabled={name.trim() === ''}>
            {t('signin.make')}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
