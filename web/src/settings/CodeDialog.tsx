import { type FormEvent, useState } from 'react'
import { useText } from '../i18n/text.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Field } from '../ui/fields.tsx'
import { Icon } from '../ui/Icon.tsx'
import { refusalOf } from '../ui/refusal.ts'
import type { OwnSignIn } from './signin.ts'

interface Props {
  own: OwnSignIn
  title: string
  why: string
  /** What the button says that does it. */
  action: string
  /** An authenticator app shows codes. */
  app: boolean
  /** A passkey may confirm instead. */
  passkey: boolean
  onCode: (code: string) => Promise<void>
  onClose: () => void
}

/** Asks for the second factor before something is done. */
export function CodeDialog({ own, title, why, action, app, passkey, onCode, onClose }: Props) {
  const t = useText()
  const [code, setCode] = useState('')
  const [fault, setFault] = useState('')
  const [busy, setBusy] = useState(false)
  const attempt = async (get: () => Promise<string>) => {
    setBusy(true)
    setFault('')
    try {
      await onCode(await get())
    } catch (error) {
      setFault(error instanceof DOMException ? t('session.cancelled') : refusalOf(error, t))
    }
    setBusy(false)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void attempt(() => Promise.resolve(code))
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="signin-form" onSubmit={submit}>
        <p>{why}</p>
        {passkey && (
          <Button kind="main" isDisabled={busy} onPress={() => void attempt(() => own.confirm())}>
            <Icon name="key" /> {t('session.confirmByPasskey')}
          </Button>
        )}
        <Field label={t(app ? 'signin.codeOrRecovery' : 'session.recovery')} autoComplete="one-time-code" value={code} onChange={setCode} fault={fault || undefined} autoFocus={!passkey} isRequired />
        <footer className="dialog-foot">
          <Button onPress={onClose}>{t('ui.cancel')}</Button>
          <Button kind={passkey ? 'line' : 'main'} type="submit" isDisabled={busy || code === ''}>
            {action}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}

/** Something shown this once: recovery codes, an app password. */
export function OnceDialog({ title, why, lines, onClose }: { title: string; why: string; lines: readonly string[]; onClose: () => void }) {
  const t = useText()
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(lines.join('\n'))
    setCopied(true)
  }
  return (
    <Dialog title={title} dismissable={false} onClose={onClose}>
      <p>{why}</p>
      <ul className="signin-once" data-many={lines.length > 1 || undefined}>
        {lines.map((line) => (
          <li key={line}>
            <code>{line}</code>
          </li>
        ))}
      </ul>
      <footer className="dialog-foot">
        <Button kind="line" onPress={() => void copy().catch(() => {})}>
          {t(copied ? 'signin.copied' : 'signin.copy')}
        </Button>
        <Button kind="main" onPress={onClose}>
          {t('signin.kept')}
        </Button>
      </footer>
    </Dialog>
  )
}
