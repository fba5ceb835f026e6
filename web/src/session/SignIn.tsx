import { type FormEvent, lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import { Input, Label, Text, TextField } from 'react-aria-components'
import { type MessageId, useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon } from '../ui/Icon.tsx'
import { canKeep } from './device.ts'
import type { SessionKeeper } from './session.ts'
import type { Methods, Outcome, Second, SignInResult, Step } from './ways.ts'
import { signWithPasskey } from './webauthn.ts'

const KeepHere = lazy(() => import('./KeepHere.tsx'))

const faults: Partial<Record<SignInResult, MessageId>> = {
  wrong: 'session.wrong',
  disabled: 'session.disabled',
  tooMany: 'session.tooMany',
  offline: 'session.offline',
  fault: 'session.fault',
}

/** Why a provider's answer opened nothing, as the server's redirection names it. */
const refusals: Record<string, MessageId> = {
  notLinked: 'session.refused.notLinked',
  linkedElsewhere: 'session.refused.linkedElsewhere',
  cancelled: 'session.refused.cancelled',
  disabled: 'session.disabled',
  unavailable: 'session.refused.unavailable',
}

/** What the page is opened with when one comes back from a provider: #/sign-in?refused=WORD or #/sign-in?second. */
function returned(): { fault?: MessageId; second: boolean } {
  const [path, query = ''] = location.hash.split('?')
  if (path !== '#/sign-in') return { second: false }
  const params = new URLSearchParams(query)
  const word = params.get('refused')
  return { fault: word === null ? undefined : (refusals[word] ?? 'session.refused.failed'), second: params.has('second') }
}

/** Until the server has said which ways there are. */
const unknown: Methods = { passkeys: false, providers: [], memoryOnly: true }

interface FormProps {
  keeper: SessionKeeper
  /** Given when somebody signs in again. */
  address?: string
}

/** The ways to sign in; once one has worked, it is another page. */
function SignInForm({ keeper, address }: FormProps) {
  const t = useText()
  const [home] = useState(returned)
  const [step, setStep] = useState<Step | undefined>()
  const [fault, setFault] = useState<MessageId | undefined>(home.fault)
  const [busy, setBusy] = useState(home.second)
  const [atProvider, setAtProvider] = useState(home.second)
  const [known, setMethods] = useState<Methods>()
  const methods = known ?? unknown
  const [given, setGiven] = useState({ address: address ?? '', password: '' })

  const settle = (outcome: Outcome, words: Partial<Record<SignInResult, MessageId>> = {}) => {
    setBusy(false)
    if (outcome.step) setStep(outcome.step)
    setFault(words[outcome.result] ?? faults[outcome.result])
  }

  useEffect(() => {
    void keeper.ways.methods().then(setMethods)
    if (location.hash.startsWith('#/sign-in')) history.replaceState(null, '', location.pathname)
    if (!home.second) return
    void keeper.ways.completeProvider().then((outcome) => {
      if (outcome.result !== 'needsCode') setAtProvider(false)
      settle(outcome, { wrong: 'session.refused.failed' })
    })
    // Once, for what the page was opened with.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [keeper])

  const proceed = (second: Second) => (atProvider ? keeper.ways.completeProvider(second) : keeper.ways.byPassword(given.address, given.password, second))

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const word = (name: string) => String(form.get(name) ?? '')
    setBusy(true)
    if (step) return settle(await proceed({ code: word('code').trim() }), { wrong: 'session.wrongCode' })
    const now = { address: address ?? word('address').trim(), password: word('password') }
    setGiven(now)
    settle(await keeper.ways.byPassword(now.address, now.password))
  }

  const byPasskey = async () => {
    setBusy(true)
    if (!step?.passkey) return settle(await keeper.ways.byPasskey(), { wrong: 'session.wrongPasskey', cancelled: 'session.cancelled' })
    try {
      const passkey = await signWithPasskey(step.passkey)
      settle(await proceed({ passkey }), { wrong: 'session.wrongPasskey' })
    } catch {
      settle(await proceed({})) // a challenge is asked for anew
      setFault('session.cancelled')
    }
  }

  const at = async (provider: string) => {
    setBusy(true)
    settle(await keeper.ways.atProvider(provider), { fault: 'session.refused.unavailable' })
  }

  const again = () => {
    setStep(undefined)
    setAtProvider(false)
    setFault(undefined)
  }

  // A dialog stands in the middle: what came later would move its buttons from under the pointer.
  if (address && !known) return null
  return (
    <div className="sign-in-form">
      <div role="alert">{fault && <p className="sign-in-fault">{t(fault)}</p>}</div>
      {step ? (
        <>
          {step.passkey && methods.passkeys && (
            <>
              <Button kind="main" autoFocus isDisabled={busy} onPress={() => void byPasskey()}>
                <Icon name="key" /> {t('session.confirmByPasskey')}
              </Button>
              <Or>{t('session.or')}</Or>
            </>
          )}
          <form onSubmit={(event) => void submit(event)}>
            <TextField className="field" name="code" autoComplete="one-time-code" isRequired autoFocus={!(step.passkey && methods.passkeys)}>
              <Label>{t(step.app ? 'session.code' : 'session.recovery')}</Label>
              <Input inputMode={step.app ? 'numeric' : 'text'} spellCheck={false} autoCapitalize="off" />
              {step.app && <Text slot="description">{t('session.orRecovery')}</Text>}
            </TextField>
            <Button kind={step.passkey && methods.passkeys ? 'line' : 'main'} type="submit" isDisabled={busy}>
              {t('session.signIn')}
            </Button>
          </form>
          <Button onPress={again}>{t('session.startAgain')}</Button>
        </>
      ) : (
        <>
          <form onSubmit={(event) => void submit(event)}>
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
            <Button kind="main" type="submit" isDisabled={busy}>
              {t('session.signIn')}
            </Button>
          </form>
          {/* Together: what came later would move the buttons from under the pointer. */}
          <Suspense fallback={null}>
            {!address && canKeep() && !methods.memoryOnly && <KeepHere keeper={keeper} />}
            {(methods.passkeys || methods.providers.length > 0) && <Or>{t('session.or')}</Or>}
            {methods.passkeys && (
              <Button kind="line" isDisabled={busy} onPress={() => void byPasskey()}>
                <Icon name="key" /> {t('session.byPasskey')}
              </Button>
            )}
            {methods.providers.map((provider) => (
              <Button key={provider.id} kind="line" isDisabled={busy} onPress={() => void at(provider.id)}>
                {t('session.at', { provider: plain(provider.title) })}
              </Button>
            ))}
          </Suspense>
        </>
      )}
    </div>
  )
}

function Or({ children }: { children: ReactNode }) {
  return <p className="sign-in-or quiet">{children}</p>
}

/** unheard: somebody signed out, and the server does not know. */
export function SignInPage({ keeper, unheard }: { keeper: SessionKeeper; unheard: boolean }) {
  const t = useText()
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <header>
          <img src="/favicon.svg" alt="" width="40" height="40" />
          <h1>{t('session.title')}</h1>
          <p className="quiet">{location.hostname}</p>
        </header>
        {unheard && (
          <p className="sign-in-fault" role="alert">
            {t('session.unheard')}
          </p>
        )}
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
