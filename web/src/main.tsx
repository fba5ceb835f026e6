import { activateLanguage, preferredLanguage } from './i18n/text.ts'
import { askForInbox, askForPlace } from './mail/early.ts'
import { SessionKeeper } from './session/session.ts'
import { applyTheme } from './ui/theme.ts'
import './ui/tokens.css'
import './ui/base.css'
import './session/session.css'
import './mail/mail.css'

// This is small, and runs while the rest of the page is still on its way: the
// server is asked for what the page will show first.
const keeper = new SessionKeeper({
  opening: (store) => askForPlace(store, location.hash),
  opened: (store) => askForInbox(store, location.hash),
})
applyTheme()
const page = import('./page.tsx')
const shown = new Promise<void>((resolve) => {
  const stop = keeper.subscribe(() => {
    if (keeper.state.is === 'starting') return
    stop()
    resolve()
  })
})
void keeper.start()
await Promise.all([page, activateLanguage(preferredLanguage()), shown])
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') keeper.wake()
  else keeper.rest()
})
window.addEventListener('pagehide', () => keeper.rest())
window.addEventListener('offline', () => keeper.reach('offline'))
window.addEventListener('online', () => keeper.wake())
;(await page).show(keeper)
