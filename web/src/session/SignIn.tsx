import { type FormEvent, useState } from 'react'
import { Input, Label, TextField } from 'react-aria-components'
import { type MessageId, useText } from '../i18n/text.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import type { SessionKeeper, SignInResult } from './session.ts'

const faults: Partial<Record<SignInResult, MessageId>> = {
  wrong: 'session.wrong',
  disabled: 'session.disabled',
  tooMany: 'session.tooMany',
  offline: 'session.offline',
  fault: 'session.fault',
}

/** The form; address is given when somebody signs in again. */
function SignInForm({ keeper, address }: { keeper: SessionKeeper; address?: string }) {
  const t = useText()
  const [step, setStep] = useState<'password' | 'code'>('password')
  const [fault, setFault] = useState<MessageId | undefined>()
  const [busy, setBusy] = useState(false)

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const word = (name: string) => String(form.get(name) ?? '')
    setBusy(true)
    const result = await keeper.signIn(address ?? word('address').trim(), word('password'), word('code').trim() || undefined)
    setBusy(false)
    if (result === 'needsCode') setStep('code')
    setFault(faults[result])
  }

  return (
    <form className="sign-in-form" onSubmit={(event) => void submit(event)}>
      <div aria-live="polite">{fault && <p className="sign-in-fault">{t(fault)}</p>}</div>
      {address ? (
        <p className="quiet">{address}</p>
      ) : (
        <TextField className="field" name="address" type="text" inputMode="email" autoComplete="username" isRequired autoFocus>
          <Label>{t('session.address')}</Label>
          <Input spellCheck={false} autoCapitalize="off" />
        </TextField>
      )}
      <TextField className="field" name="password" type="password" autoComplete="current-password" isRequired autoFocus={Boolean(address)}>
        <Label>{t('session.password')}</Label>
        <Input />
      </TextField>
      {step === 'code' && (
        <TextField className="field" name="code" inputMode="numeric" autoComplete="one-time-code" isRequired autoFocus>
          <Label>{t('session.code')}</Label>
          <Input />
        </TextField>
      )}
      <Button kind="main" type="submit" isDisabled={busy}>
        {t('session.signIn')}
      </Button>
    </form>
  )
}

export function SignInPage({ keeper }: { keeper: SessionKeeper }) {
  const t = useText()
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <header>
          <img src="/favicon.svg" alt="" width="40" height="40" />
          <h1>{t('session.title')}</h1>
          <p className="quiet">{location.hostname}</p>
        </header>
        <SignInForm keeper={keeper} />
      </div>
      <a className="quiet" href="/services">
        {t('session.programs')}
      </a>
    </main>
  )
}

/** Over what one was doing, which stays as it is. */
export function SignInAgain({ keeper, address }: { keeper: SessionKeeper; address: string }) {
  const t = useText()
  return (
    <Dialog title={t('session.again')} dismissable={false} onClose={() => {}}>
      <p className="quiet">{t('session.againWhy')}</p>
      <SignInForm keeper={keeper} address={address} />
      <Button onPress={() => void keeper.signOut()}>{t('session.other')}</Button>
    </Dialog>
  )
}
