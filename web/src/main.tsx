import { activateLanguage, i18n, preferredLanguage } from './i18n/text.ts'
import { askForInbox, askForPlace } from './mail/early.ts'
import { tellConfirmed } from './session/confirming.ts'
import { SessionKeeper } from './session/session.ts'
import { applyDensity } from './ui/density.ts'
import { applyTheme } from './ui/theme.ts'
import './ui/tokens.css'
import './ui/base.css'
import './session/session.css'
import './mail/mail.css'

/** How long the page stays empty for what it will show first, in milliseconds; then it says that it is on its way. */
const patience = 2000

applyTheme()
applyDensity()
// The window that was at a provider to confirm has only to tell so.
if (location.hash.startsWith('#/confirmed')) {
  await activateLanguage(preferredLanguage())
  tellConfirmed()
  const root = document.getElementById('root')!
  root.className = 'sign-in'
  root.textContent = i18n._('session.confirm.close')
} else {
  await begin()
}

async function begin(): Promise<void> {
  // This is small, and runs while the rest of the page is still on its way: the
  // server is asked for what the page will show first.
  const keeper = new SessionKeeper({
    opening: (store) => askForPlace(store, location.hash),
    opened: (store) => askForInbox(store, location.hash),
  })
  const page = import('./page.tsx')
  const shown = new Promise<void>((resolve) => {
    const stop = keeper.subscribe(() => {
      if (keeper.state.is === 'starting') return
      stop()
      resolve()
    })
  })
  void keeper.start()
  const late = new Promise<void>((resolve) => setTimeout(resolve, patience))
  await Promise.all([page, activateLanguage(preferredLanguage()), Promise.race([shown, late])])
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') keeper.wake()
    else keeper.rest()
  })
  window.addEventListener('pagehide', () => keeper.rest())
  window.addEventListener('offline', () => keeper.reach('offline'))
  window.addEventListener('online', () => keeper.wake())
  ;(await page).show(keeper)
}
