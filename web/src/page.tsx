import { I18nProvider } from '@lingui/react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { i18n } from './i18n/text.ts'
import type { SessionKeeper } from './session/session.ts'

/** Puts the client into the page. */
export function show(keeper: SessionKeeper): void {
  createRoot(document.getElementById('root')!).render(
    <I18nProvider i18n={i18n}>
      <App keeper={keeper} />
    </I18nProvider>,
  )
}
