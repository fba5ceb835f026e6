import { I18nProvider } from '@lingui/react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { activateLanguage, i18n, preferredLanguage } from './i18n/text.ts'
import { SessionKeeper } from './session/session.ts'
import { applyTheme } from './ui/theme.ts'
import './ui/tokens.css'
import './ui/base.css'
import './session/session.css'
import './mail/mail.css'

const keeper = new SessionKeeper()
applyTheme()
await Promise.all([activateLanguage(preferredLanguage()), keeper.start()])
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') keeper.wake()
})
window.addEventListener('online', () => keeper.wake())
createRoot(document.getElementById('root')!).render(
  <I18nProvider i18n={i18n}>
    <App keeper={keeper} />
  </I18nProvider>,
)
