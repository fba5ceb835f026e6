import { type FormEvent, useState } from 'react'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Field } from '../ui/fields.tsx'
import { useFormat } from '../ui/format.ts'
import { refusalOf } from '../ui/refusal.ts'
import { tell, tellFailure } from '../ui/toast.tsx'
import { CodeDialog } from './CodeDialog.tsx'
import { Entry, usedText } from './Entry.tsx'
import { agentName, type OwnSignIn, type Passkey, type SecondFactor } from './signin.ts'

interface Props {
  own: OwnSignIn
  list: readonly Passkey[]
  factor: SecondFactor
  /** This browser has passkeys for this page. */
  able: boolean
  reload: () => Promise<void>
}

type Doing = { is: 'naming' } | { is: 'proving'; name: string } | { is: 'renaming' | 'removing'; passkey: Passkey } | null

export function Passkeys({ own, list, factor, able, reload }: Props) {
  const t = useText()
  const format = useFormat()
  const [doing, setDoing] = useState<Doing>(null)
  const close = () => setDoing(null)

  const done = async (text: string) => {
    close()
    tell(text)
    await reload()
  }
  const failed = (error: unknown) => tellFailure(error instanceof DOMException ? t(error.name === 'InvalidStateError' ? 'signin.passkeyThere' : 'session.cancelled') : refusalOf(error, t))
  const add = async (name: string, code: string) => {
    await own.addPasskey(name, code)
    await done(t('signin.passkeyAdded', { name }))
  }
  const named = async (name: string) => {
    if (factor.on) return setDoing({ is: 'proving', name })
    await add(name, '').catch(failed)
  }
  const attempt = async (act: () => Promise<unknown>, text: string) => {
    try {
      await act()
      await done(text)
    } catch (error) {
      failed(error)
    }
  }

  return (
    <section className="page-section" aria-labelledby="signin-passkeys">
      <header>
        <h3 id="signin-passkeys">{t('signin.passkeys')}</h3>
        <p className="quiet">{t('signin.passkeysWhy')}</p>
      </header>
      {list.length > 0 && (
        <ul className="signin-list">
          {list.map((passkey) => (
            <Entry
              key={passkey.name}
              icon="key"
              name={plain(passkey.name)}
              facts={[`${t('signin.added', { when: format.day(passkey.created) })}${passkey.synced ? ` · ${t('signin.synced')}` : ''}`, usedText(passkey.used, t, format)]}
            >
              <Button aria-label={t('signin.renameWhat', { name: plain(passkey.name) })} onPress={() => setDoing({ is: 'renaming', passkey })}>
                {t('signin.rename')}
              </Button>
              <Button aria-label={t('signin.removeWhat', { name: plain(passkey.name) })} onPress={() => setDoing({ is: 'removing', passkey })}>
                {t('signin.remove')}
              </Button>
            </Entry>
          ))}
        </ul>
      )}
      {able ? (
        <div className="page-actions">
          <Button kind="line" onPress={() => setDoing({ is: 'naming' })}>
            {t('signin.addPasskey')}
          </Button>
        </div>
      ) : (
        <p className="quiet">{t('signin.noPasskeysHere')}</p>
      )}
      {doing?.is === 'naming' && (
        <NameDialog title={t('signin.addPasskey')} why={t('signin.addPasskeyWhy')} name={agentName(navigator.userAgent)} action={t('signin.goOn')} onName={named} onClose={close} />
      )}
      {doing?.is === 'proving' && (
        <CodeDialog own={own} title={t('signin.addPasskey')} why={t('signin.proveWhy')} action={t('signin.goOn')} app={factor.app} passkey={able && list.length > 0} onCode={(code) => add(doing.name, code)} onClose={close} />
      )}
      {doing?.is === 'renaming' && (
        <NameDialog
          title={t('signin.renamePasskey')}
          name={doing.passkey.name}
          action={t('signin.rename')}
          onName={(name) => attempt(() => own.renamePasskey(doing.passkey.name, name), t('signin.renamed', { name }))}
          onClose={close}
        />
      )}
      {doing?.is === 'removing' && (
        <Dialog title={t('signin.removeWhat', { name: plain(doing.passkey.name) })} onClose={close}>
          <p>{t('signin.removePasskeyWhy')}</p>
          <footer className="dialog-foot">
            <Button onPress={close}>{t('ui.cancel')}</Button>
            <Button kind="main" onPress={() => void attempt(() => own.removePasskey(doing.passkey.name), t('signin.removed', { name: plain(doing.passkey.name) }))}>
              {t('signin.remove')}
            </Button>
          </footer>
        </Dialog>
      )}
    </section>
  )
}

function NameDialog({ title, why, name, action, onName, onClose }: { title: string; why?: string; name: string; action: string; onName: (name: string) => Promise<unknown>; onClose: () => void }) {
  const t = useText()
  const [value, setValue] = useState(name)
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    await onName(value.trim())
    setBusy(false)
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="signin-form" onSubmit={(event) => void submit(event)}>
        {why && <p>{why}</p>}
        <Field label={t('signin.name')} value={value} onChange={setValue} autoFocus isRequired maxLength={100} />
        <footer className="dialog-foot">
          <Button onPress={onClose}>{t('ui.cancel')}</Button>
          <Button kind="main" type="submit" isDisabled={busy || value.trim() === ''}>
            {action}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
