import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { Button } from '../ui/Button.tsx'
import { useFormat } from '../ui/format.ts'
import { refusalOf } from '../ui/refusal.ts'
import { tell, tellFailure } from '../ui/toast.tsx'
import { Entry, usedText } from './Entry.tsx'
import type { OwnSignIn, ProviderAccount } from './signin.ts'

/** Accounts elsewhere with which one signs in here. */
export function Providers({ own, list, reload }: { own: OwnSignIn; list: readonly ProviderAccount[]; reload: () => Promise<void> }) {
  const t = useText()
  const format = useFormat()
  const remove = async (provider: string) => {
    try {
      await own.removeProvider(provider)
      tell(t('signin.removed', { name: plain(provider) }))
    } catch (error) {
      tellFailure(refusalOf(error, t))
    }
    await reload()
  }
  return (
    <section className="page-section" aria-labelledby="signin-providers">
      <header>
        <h3 id="signin-providers">{t('signin.providers')}</h3>
        <p className="quiet">{t('signin.providersWhy')}</p>
      </header>
      <ul className="signin-list">
        {list.map((a) => (
          <Entry key={a.provider} icon="person" name={plain(a.provider)} facts={[plain(a.email ?? a.subject), usedText(a.used, t, format)]}>
            <Button aria-label={t('signin.removeWhat', { name: plain(a.provider) })} onPress={() => void remove(a.provider)}>
              {t('signin.remove')}
            </Button>
          </Entry>
        ))}
      </ul>
    </section>
  )
}
