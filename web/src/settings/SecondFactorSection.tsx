import { type FormEvent, useState } from 'react'
import { useText } from '../i18n/text.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Field } from '../ui/fields.tsx'
import { useFormat } from '../ui/format.ts'
import { refusalOf } from '../ui/refusal.ts'
import { tell, tellFailure } from '../ui/toast.tsx'
import { CodeDialog, OnceDialog } from './CodeDialog.tsx'
import type { FactorKey, OwnSignIn, SecondFactor } from './signin.ts'

interface Props {
  own: OwnSignIn
  factor: SecondFactor
  /** How many passkeys there are. */
  passkeys: number
  able: boolean
  reload: () => Promise<void>
}

type Doing = { is: 'app'; key: FactorKey } | { is: 'codes'; codes: string[] } | { is: 'newCodes' } | { is: 'off' } | null

/** What is asked for after the password. */
export function SecondFactorSection({ own, factor, passkeys, able, reload }: Props) {
  const t = useText()
  const format = useFormat()
  const [doing, setDoing] = useState<Doing>(null)
  const close = () => setDoing(null)
  const show = async (codes: string[]) => {
    setDoing({ is: 'codes', codes })
    await reload()
  }
  const begin = async (act: () => Promise<void>) => {
    try {
      await act()
    } catch (error) {
      tellFailure(refusalOf(error, t))
    }
  }
  const off = async (code: string) => {
    await own.removeFactor(code)
    close()
    tell(t('signin.factorOff'))
    await reload()
  }
  return (
    <section className="page-section" aria-labelledby="signin-factor">
      <header>
        <h3 id="signin-factor">{t('signin.factor')}</h3>
        <p className="quiet">{t('signin.factorWhy')}</p>
      </header>
      {factor.on ? (
        <>
          <dl className="signin-facts">
            <dt>{t('signin.factorIs')}</dt>
            <dd>{t(factor.app ? (passkeys > 0 ? 'signin.factorAppAndPasskeys' : 'signin.factorApp') : 'signin.factorPasskeys')}</dd>
            <dt>{t('signin.factorSince')}</dt>
            <dd>{format.day(factor.since)}</dd>
            <dt>{t('signin.codesLeft')}</dt>
            <dd>{format.number(factor.recovery_codes)}</dd>
          </dl>
          <div className="page-actions">
            <Button kind="line" onPress={() => setDoing({ is: 'newCodes' })}>
              {t('signin.newCodes')}
            </Button>
            <Button onPress={() => setDoing({ is: 'off' })}>{t('signin.turnOff')}</Button>
          </div>
        </>
      ) : (
        <div className="page-actions">
          <Button kind="line" onPress={() => void begin(async () => setDoing({ is: 'app', key: await own.beginFactor() }))}>
            {t('signin.useApp')}
          </Button>
          {passkeys > 0 && (
            <Button kind="line" onPress={() => void begin(async () => show(await own.passkeysAsFactor()))}>
              {t('signin.usePasskeys')}
            </Button>
          )}
        </div>
      )}
      {doing?.is === 'app' && <AppDialog keyOf={doing.key} confirm={async (code) => show(await own.confirmFactor(code))} onClose={close} />}
      {doing?.is === 'codes' && <OnceDialog title={t('signin.codes')} why={t('signin.codesWhy')} lines={doing.codes} onClose={close} />}
      {doing?.is === 'newCodes' && (
        <CodeDialog own={own} title={t('signin.newCodes')} why={t('signin.newCodesWhy')} action={t('signin.goOn')} app={factor.app} passkey={able && passkeys > 0} onCode={async (code) => show(await own.newRecoveryCodes(code))} onClose={close} />
      )}
      {doing?.is === 'off' && (
        <CodeDialog own={own} title={t('signin.turnOffTitle')} why={t('signin.turnOffWhy')} action={t('signin.turnOff')} app={factor.app} passkey={able && passkeys > 0} onCode={off} onClose={close} />
      )}
    </section>
  )
}

/** The key for an authenticator app, and the first code of it. */
function AppDialog({ keyOf, confirm, onClose }: { keyOf: FactorKey; confirm: (code: string) => Promise<void>; onClose: () => void }) {
  const t = useText()
  const [code, setCode] = useState('')
  const [fault, setFault] = useState('')
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    try {
      await confirm(code)
    } catch (error) {
      setFault(refusalOf(error, t))
    }
  }
  return (
    <Dialog title={t('signin.useApp')} onClose={onClose}>
      <form className="signin-form" onSubmit={(event) => void submit(event)}>
        <p>{t('signin.scan')}</p>
        <div className="signin-scan">
          <QRCode lines={keyOf.qr} label={t('signin.qr')} />
          <p>
            <span className="quiet">{t('signin.orType')}</span>
            <code>{keyOf.secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
          </p>
        </div>
        <Field label={t('session.code')} inputMode="numeric" autoComplete="one-time-code" value={code} onChange={setCode} fault={fault || undefined} autoFocus isRequired />
        <footer className="dialog-foot">
          <Button onPress={onClose}>{t('ui.cancel')}</Button>
          <Button kind="main" type="submit" isDisabled={code === ''}>
            {t('signin.turnOn')}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}

/** A QR code with the margin of four dots that readers want (ISO/IEC 18004 §9.1). */
function QRCode({ lines, label }: { lines: readonly string[]; label: string }) {
  const size = lines.length + 8
  const dots = lines.flatMap((line, y) => [...line].flatMap((dot, x) => (dot === '1' ? `M${x + 4} ${y + 4}h1v1h-1z` : []))).join('')
  return (
    <svg className="signin-qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <path d={dots} />
    </svg>
  )
}
