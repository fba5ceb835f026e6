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
await Promise.all([page, activateLanguage(preferredLanguage()), keeper.start()])
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') keeper.wake()
})
window.addEventListener('online', () => keeper.wake())
;(await page).show(keeper)
