import { useCallback, useMemo } from 'react'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { useApi } from '../session/api.ts'
import { giveBack } from '../ui/focus.ts'
import { Button } from '../ui/Button.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadedBlank } from '../ui/LoadedBlank.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { refusalOf } from '../ui/refusal.ts'
import { tell, tellFailure } from '../ui/toast.tsx'
import { useLoaded } from '../ui/useLoaded.ts'
import { Entry, usedText } from './Entry.tsx'
import type { SettingsProps } from './pages.ts'
import { agentName, type Device, OwnSignIn } from './signin.ts'
import './signin.css'

/** The browsers in which one is signed in. */
export default function Devices({ person }: SettingsProps) {
  const t = useText()
  const api = useApi()
  const format = useFormat()
  const own = useMemo(() => new OwnSignIn(api, person.address), [api, person.address])
  const read = useCallback(() => own.devices(), [own])
  const loaded = useLoaded(read)
  const { value, reload } = loaded
  const end = async (act: () => Promise<unknown>, text: string) => {
    try {
      await act()
      tell(text)
    } catch (error) {
      tellFailure(refusalOf(error, t))
    }
    await reload()
    if (document.activeElement === document.body) giveBack(null)
  }
  const nameOf = (device: Device) => agentName(device.used.agent) || t('signin.unknownBrowser')
  const sorted = value ? [...value].sort((a, b) => Number(b.own) - Number(a.own) || b.used.at.localeCompare(a.used.at)) : []
  return (
    <>
      <PageHead title={t('signin.devices')}>{t('signin.devicesIntro')}</PageHead>
      {value ? (
        <section className="page-section" aria-label={t('signin.devices')}>
          <ul className="signin-list" tabIndex={-1} data-focus-list>
            {sorted.map((device) => (
              <Entry
                key={device.name}
                icon="screen"
                name={nameOf(device)}
                mark={device.own ? t('signin.thisBrowser') : undefined}
                facts={[usedText(device.used, t, format), t('signin.since', { when: format.day(device.created), with: withText(device.with, t) })]}
              >
                {!device.own && (
                  <Button aria-label={t('signin.signOutWhat', { name: nameOf(device) })} onPress={() => void end(() => own.endDevice(device.name), t('signin.signedOut'))}>
                    {t('session.signOut')}
                  </Button>
                )}
              </Entry>
            ))}
          </ul>
          {sorted.some((d) => !d.own) && (
            <div className="page-actions">
              <Button kind="line" onPress={() => void end(() => own.endOtherDevices(), t('signin.signedOutOthers'))}>
                {t('signin.signOutOthers')}
              </Button>
            </div>
          )}
        </section>
      ) : (
        <LoadedBlank of={loaded} />
      )}
    </>
  )
}

/** With what a browser was signed in: the server's names for the password and for providers are words of its own. */
function withText(name: string, t: ReturnType<typeof useText>): string {
  if (name === 'password') return t('session.password')
  return plain(name.replace(/^provider /, ''))
}
