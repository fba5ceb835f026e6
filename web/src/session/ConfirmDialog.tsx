import { type FormEvent, useCallback, useEffect, useRef, useState } from 'react'
import { type MessageId, useText } from '../i18n/text.ts'
import { JMAPError } from '../jmap/error.ts'
import { plain } from '../mail/person.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Field } from '../ui/fields.tsx'
import { Icon } from '../ui/Icon.tsx'
import { LoadedBlank } from '../ui/LoadedBlank.tsx'
import { refusalOf } from '../ui/refusal.ts'
import { useLoaded } from '../ui/useLoaded.ts'
import type { Api } from './api.ts'
import { type Confirming, hearConfirmed } from './confirming.ts'
import { type Ceremony, type KeyAnswer, hasPasskeys, signWithPasskey } from './webauthn.ts'

/** What one can confirm with: any of it is enough. */
interface Ways {
  password: boolean
  passkey?: Ceremony
  providers: { id: string; title: string }[]
}

/** The first half of a proof, which a code may have to complete. */
type Proof = { password: string } | { provider: true }

interface Answer {
  type?: 'needsCode'
  app?: boolean
  passkey?: Ceremony
  /** Stands for one code of the second factor. */
  code?: string
}

/** Why a provider did not prove anything. */
const refusals: Record<string, MessageId> = {
  cancelled: 'session.refused.cancelled',
  notAsked: 'session.confirm.notAsked',
  unavailable: 'session.refused.unavailable',
}

interface Props {
  api: Api
  confirming: Confirming
  address: string
}

/** Asks who is there, before something that outlives the session. */
export default function ConfirmDialog({ api, confirming, address }: Props) {
  const t = useText()
  const read = useCallback(() => api.send<Ways>('POST', '/auth/confirm/begin'), [api])
  const loaded = useLoaded(read)
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [step, setStep] = useState<{ proof: Proof; asks: Answer } | null>(null)
  const [fault, setFault] = useState('')
  const [busy, setBusy] = useState(false)
  const at = useRef<Window | null>(null)

  const attempt = async (act: () => Promise<void>) => {
    setBusy(true)
    setFault('')
    try {
      await act()
    } catch (error) {
      setFault(error instanceof DOMException ? t('session.cancelled') : wrong(error) ? t(step ? 'session.wrongCode' : 'session.confirm.wrong') : refusalOf(error, t))
    }
    setBusy(false)
  }
  const send = async (proof: Partial<{ password: string; provider: true }>, second: { code?: string; passkey?: KeyAnswer } = {}) => {
    const answer = await api.send<Answer>('POST', '/auth/confirm', { ...proof, ...second })
    if (answer.type !== 'needsCode') return confirming.confirmed(answer.code ?? '')
    setCode('')
    setStep({ proof: proof as Proof, asks: answer })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void attempt(() => (step ? send(step.proof, { code: code.trim() }) : send({ password })))
  }
  // A challenge counts once: after a failure another one is asked for.
  const byPasskey = () =>
    attempt(async () => {
      if (step?.asks.passkey) return send(step.proof, { passkey: await signWithPasskey(step.asks.passkey) })
      const { passkey } = await read()
      if (passkey) await send({}, { passkey: await signWithPasskey(passkey) })
    })
  const atProvider = (id: string) => {
    // Opened at once: a browser lets no window be opened later.
    const opened = window.open('about:blank', '_blank', 'popup,width=520,height=680')
    at.current = opened
    return attempt(async () => {
      if (!opened) throw new JMAPError('denied', 'blocked', t('session.confirm.blocked'))
      try {
        opened.location.href = (await api.send<{ continue: string }>('POST', `/auth/confirm/openid/${encodeURIComponent(id)}`)).continue
      } catch (error) {
        opened.close()
        throw error
      }
    })
  }
  useEffect(
    () =>
      hearConfirmed((word) => {
        if (!at.current) return // of another page
        at.current = null
        if (word === 'proved') void attempt(() => send({ provider: true }))
        else setFault(t(refusals[word] ?? 'session.refused.failed'))
      }),
    // What it calls is the same each time.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [],
  )

  const ways = loaded.value
  const able = hasPasskeys((ways?.passkey?.options as { rpId?: string } | undefined)?.rpId)
  const asksKey = step ? Boolean(step.asks.passkey) : Boolean(ways?.passkey)
  return (
    <Dialog title={t('session.confirm')} onClose={() => confirming.cancelled(t('session.confirm.cancelled'))}>
      <div className="sign-in-form">
        <p>{t('session.confirm.why', { address })}</p>
        <div role="alert">{fault && <p className="sign-in-fault">{fault}</p>}</div>
        {ways ? (
          <>
            {(step || ways.password) && (
              <form onSubmit={submit}>
                {step ? (
                  <Field key="code" label={t(step.asks.app ? 'signin.codeOrRecovery' : 'session.recovery')} autoComplete="one-time-code" value={code} onChange={setCode} autoFocus isRequired />
                ) : (
                  <Field key="password" label={t('session.password')} type="password" autoComplete="current-password" value={password} onChange={setPassword} autoFocus isRequired />
                )}
                <Button kind="main" type="submit" isDisabled={busy || (step ? code : password) === ''}>
                  {t('session.confirm.do')}
                </Button>
              </form>
            )}
            {(step || ways.password) && ((asksKey && able) || (!step && ways.providers.length > 0)) && <p className="sign-in-or quiet">{t('session.or')}</p>}
            {asksKey && able && (
              <Button kind="line" autoFocus={!step && !ways.password} isDisabled={busy} onPress={() => void byPasskey()}>
                <Icon name="key" /> {t('session.confirmByPasskey')}
              </Button>
            )}
            {!step &&
              ways.providers.map((provider) => (
                <Button key={provider.id} kind="line" isDisabled={busy} onPress={() => void atProvider(provider.id)}>
                  {t('session.confirm.at', { provider: plain(provider.title) })}
                </Button>
              ))}
            {!step && !ways.password && !(asksKey && able) && ways.providers.length === 0 && <p>{t('session.confirm.noWay')}</p>}
          </>
        ) : (
          <LoadedBlank of={loaded} />
        )}
      </div>
    </Dialog>
  )
}

/** What was given is not right, or was tried too often. */
function wrong(error: unknown): boolean {
  return error instanceof JMAPError && error.type === 'http422'
}
