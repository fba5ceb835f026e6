import { useEffect } from 'react'
import { useStore } from '../store/hooks.ts'

/** Calls back when something may have changed that groups tell: people, lists, mailboxes that come and go; or the page is looked at again. */
export function useNews(reload: () => Promise<void>): void {
  const store = useStore()
  useEffect(() => {
    const again = () => void reload()
    const seen = () => document.visibilityState === 'visible' && again()
    const home = store.accounts.find((a) => a.isPersonal)?.id
    const told = ['Principal', 'Group', 'GroupRequest', 'ShareNotification'].map((type) => store.emitter.on(`news/${home}/${type}`, again))
    const ends = [store.emitter.on('accounts', again), ...told]
    document.addEventListener('visibilitychange', seen)
    return () => {
      for (const end of ends) end()
      document.removeEventListener('visibilitychange', seen)
    }
  }, [store, reload])
}
