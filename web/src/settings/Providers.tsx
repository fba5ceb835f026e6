import { useEffect, useState } from 'react'
import { type MessageId, useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { useFormat } from '../ui/format.ts'
import { refusalOf } from '../ui/refusal.ts'
import { tell, tellFailure } from '../ui/toast.tsx'
import { CodeDialog } from './CodeDialog.tsx'
import { Entry, usedText } from './Entry.tsx'
import type { OwnSignIn, Provider, ProviderAccount, SecondFactor } from './signin.ts'

interface Props {
  own: OwnSignIn
  list: readonly ProviderAccount[]
  /** The providers of this server. */
  offered: readonly Provider[]
  factor: SecondFactor
  /** A passkey of this browser may confirm. */
  confirmable: boolean
  reload: () => Promise<void>
}

type Doing = { is: 'proving' | 'removing'; provider: string } | null

/** What the page is opened with when one comes back from a provider: ?link=ID or ?refused=WORD. */
function returned(): { link: string | null; refused: MessageId | null } {
  const params = new URLSearchParams(location.hash.split('?')[1] ?? '')
  const word = params.get('refused')
  const refusals: Record<string, MessageId> = { cancelled: 'signin.linkCancelled', unavailable: 'session.refused.unavailable' }
  return { link: params.get('link'), refused: word === null ? null : (refusals[word] ?? 'signin.linkFailed') }
}

/** Accounts elsewhere with which one signs in here. */
export function Providers({ own, list, offered, factor, confirmable, reload }: Props) {
  const t = useText()
  const format = useFormat()
  const [home] = useState(returned)
  const [doing, setDoing] = useState<Doing>(null)
  const titleOf = (id: string) => plain(offered.find((p) => p.id === id)?.title ?? id)
  const more = offered.filter((p) => p.may_link && !list.some((a) => a.provider === p.id))

  const link = async (provider: string, code: string) => {
    await own.link(code)
    setDoing(null)
    tell(t('signin.linked', { provider: titleOf(provider) }))
    await reload()
  }
  const attempt = async (act: () => Promise<unknown>) => {
    try {
      await act()
    } catch (error) {
      tellFailure(refusalOf(error, t))
    }
  }
  useEffect(() => {
    if (!home.link && !home.refused) return
    history.replaceState(null, '', location.hash.split('?')[0])
    if (home.refused) return tellFailure(t(home.refused))
    if (home.link && factor.on) return setDoing({ is: 'proving', provider: home.link })
    if (home.link) void attempt(() => link(home.link ?? '', ''))
    // Once, for what the page was opened with.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [home])

  const remove = async (provider: string) => {
    await attempt(async () => {
      await own.removeProvider(provider)
      tell(t('signin.removed', { name: titleOf(provider) }))
    })
    setDoing(null)
    await reload()
  }
  if (list.length === 0 && more.length === 0) return null
  return (
    <section className="page-section" aria-labelledby="signin-providers">
      <header>
        <h3 id="signin-providers">{t('signin.providers')}</h3>
        <p className="quiet">{t('signin.providersWhy')}</p>
      </header>
      {list.length > 0 && (
        <ul className="signin-list">
          {list.map((a) => (
            <Entry key={a.provider} icon="person" name={titleOf(a.provider)} facts={[...(a.email ? [plain(a.email)] : []), usedText(a.used, t, format)]}>
              <Button aria-label={t('signin.removeWhat', { name: titleOf(a.provider) })} onPress={() => setDoing({ is: 'removing', provider: a.provider })}>
                {t('signin.remove')}
              </Button>
            </Entry>
          ))}
        </ul>
      )}
      {more.length > 0 && (
        <div className="page-actions">
          {more.map((p) => (
            <Button key={p.id} kind="line" onPress={() => void attempt(() => own.proveAt(p.id))}>
              {t('signin.link', { provider: plain(p.title) })}
            </Button>
          ))}
        </div>
      )}
      {doing?.is === 'proving' && (
        <CodeDialog own={own} title={t('signin.link', { provider: titleOf(doing.provider) })} why={t('signin.linkProveWhy')} action={t('signin.goOn')} app={factor.app} passkey={confirmable} onCode={(code) => link(doing.provider, code)} onClose={() => setDoing(null)} />
      )}
      {doing?.is === 'removing' && (
        <Dialog title={t('signin.removeWhat', { name: titleOf(doing.provider) })} onClose={() => setDoing(null)}>
          <p>{t('signin.removeProviderWhy')}</p>
          <footer className="dialog-foot">
            <Button onPress={() => setDoing(null)}>{t('ui.cancel')}</Button>
            <Button kind="main" onPress={() => void remove(doing.provider)}>
              {t('signin.remove')}
            </Button>
          </footer>
        </Dialog>
      )}
    </section>
  )
}
