import { useLingui } from '@lingui/react'
import { useState } from 'react'
import { chooseLanguage, type Language, languages, useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { setPreference, usePreferences } from '../mail/preferences.ts'
import { useAccounts } from '../store/hooks.ts'
import { Choose, Radios, Tick } from '../ui/fields.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { chooseDensity, type Density, useDensity } from '../ui/density.ts'
import { chooseTheme, theme, type Theme } from '../ui/theme.ts'
import { OnThisDevice } from './OnThisDevice.tsx'

const densities: readonly Density[] = ['comfortable', 'compact']
const themes: readonly Theme[] = ['system', 'light', 'dark']

/** Language, appearance, and what "All inboxes" shows. */
export default function General() {
  const t = useText()
  const { i18n } = useLingui()
  const accounts = useAccounts()
  const { leftOut, singleKeys } = usePreferences()
  const density = useDensity()
  const [look, setLook] = useState(theme)
  return (
    <>
      <PageHead title={t('settings.general')}>{t('settings.here')}</PageHead>
      <div className="page-narrow">
        <Choose
          label={t('settings.language')}
          hint={t('settings.languageWhy')}
          value={i18n.locale as Language}
          options={Object.entries(languages).map(([id, text]) => ({ id: id as Language, text }))}
          onChange={(language) => void chooseLanguage(language)}
        />
      </div>
      <Radios
        label={t('settings.look')}
        value={look}
        options={themes.map((id) => ({ id, text: t(`settings.look.${id}`) }))}
        onChange={(value) => {
          setLook(value)
          chooseTheme(value)
        }}
      />
      <Radios
        label={t('settings.density')}
        value={density}
        options={densities.map((id) => ({ id, text: t(`settings.density.${id}`) }))}
        onChange={chooseDensity}
      />
      <section className="page-section" aria-labelledby="settings-keys">
        <header>
          <h3 id="settings-keys">{t('mail.shortcuts')}</h3>
        </header>
        <Tick isSelected={singleKeys} onChange={(on) => setPreference('singleKeys', on)} hint={t('settings.keysWhy')}>
          {t('settings.keys')}
        </Tick>
      </section>
      {accounts.length > 1 && (
        <section className="page-section" aria-labelledby="settings-inboxes">
          <header>
            <h3 id="settings-inboxes">{t('mail.inboxes')}</h3>
            <p className="quiet">{t('settings.inboxesWhy')}</p>
          </header>
          <div>
            {accounts.map((account) => (
              <Tick
                key={account.id}
                isSelected={!leftOut.includes(account.id)}
                onChange={(shown) => setPreference('leftOut', shown ? leftOut.filter((id) => id !== account.id) : [...leftOut, account.id])}
              >
                <bdi>{plain(account.name)}</bdi>
              </Tick>
            ))}
          </div>
        </section>
      )}
      <OnThisDevice />
    </>
  )
}
