import { type FormEvent, useCallback, useMemo, useState } from 'react'
import { useText } from '../i18n/text.ts'
import { useApi } from '../session/api.ts'
import { hasPasskeys } from '../session/webauthn.ts'
import { Button } from '../ui/Button.tsx'
import { Field } from '../ui/fields.tsx'
import { LoadedBlank } from '../ui/LoadedBlank.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { refusalOf } from '../ui/refusal.ts'
import { tell, tellFailure } from '../ui/toast.tsx'
import { useLoaded } from '../ui/useLoaded.ts'
import type { SettingsProps } from './pages.ts'
import { Passkeys } from './Passkeys.tsx'
import { Providers } from './Providers.tsx'
import { SecondFactorSection } from './SecondFactorSection.tsx'
import { OwnSignIn } from './signin.ts'
import './signin.css'

/** The password, the second factor and the passkeys of who is signed in. */
export default function SigningIn({ person }: SettingsProps) {
  const t = useText()
  const api = useApi()
  const own = useMemo(() => new OwnSignIn(api, person.address), [api, person.address])
  const read = useCallback(async () => {
    const [factor, passkeys, providers, ways] = await Promise.all([own.secondFactor(), own.passkeys(), own.providers(), own.ways()])
    return { factor, passkeys, providers, ways, able: hasPasskeys(ways.passkeys?.rp_id) }
  }, [own])
  const loaded = useLoaded(read)
  const { value, reload } = loaded
  return (
    <>
      <PageHead title={t('signin.title')}>{t('signin.intro')}</PageHead>
      {value ? (
        <>
          <PasswordSection own={own} />
          <Passkeys own={own} list={value.passkeys} factor={value.factor} able={value.able} reload={reload} />
          <SecondFactorSection own={own} factor={value.factor} passkeys={value.passkeys.length} able={value.able} reload={reload} />
          <Providers own={own} list={value.providers} offered={value.ways.providers} factor={value.factor} confirmable={value.able && value.passkeys.length > 0} reload={reload} />
        </>
      ) : (
        <LoadedBlank of={loaded} />
      )}
    </>
  )
}

const shortest = 12

function PasswordSection({ own }: { own: OwnSignIn }) {
  const t = useText()
  const [open, setOpen] = useState(false)
  const [first, setFirst] = useState('')
  const [again, setAgain] = useState('')
  const [fault, setFault] = useState<'short' | 'differ' | null>(null)
  const close = () => {
    setOpen(false)
    setFirst('')
    setAgain('')
    setFault(null)
  }
  const save = async (event: FormEvent) => {
    event.preventDefault()
    if ([...first].length < shortest) return setFault('short')
    if (first !== again) return setFault('differ')
    try {
      await own.setPassword(first)
      tell(t('signin.passwordSet'))
      close()
    } catch (error) {
      tellFailure(refusalOf(error, t))
    }
  }
  return (
    <section className="page-section" aria-labelledby="signin-password">
      <header>
        <h3 id="signin-password">{t('signin.password')}</h3>
        <p className="quiet">{t('signin.passwordWhy')}</p>
      </header>
      {open ? (
        <form className="signin-form" onSubmit={(event) => void save(event)}>
          <Field label={t('signin.newPassword')} type="password" autoComplete="new-password" value={first} onChange={setFirst} autoFocus isRequired hint={t('signin.newPasswordHint')} fault={fault === 'short' ? t('signin.tooShort') : undefined} />
          <Field label={t('signin.again')} type="password" autoComplete="new-password" value={again} onChange={setAgain} isRequired fault={fault === 'differ' ? t('signin.differ') : undefined} />
          <div className="page-actions">
            <Button kind="main" type="submit">
              {t('signin.setPassword')}
            </Button>
            <Button onPress={close}>{t('ui.cancel')}</Button>
          </div>
        </form>
      ) : (
        <div className="page-actions">
          <Button kind="line" onPress={() => setOpen(true)}>
            {t('signin.changePassword')}
          </Button>
        </div>
      )}
    </section>
  )
}
