import { useEffect, useRef } from 'react'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { go, type Route } from '../mail/route.ts'
import { useAccounts, useStore } from '../store/hooks.ts'
import { tellNews } from '../ui/toast.tsx'
import { nameOf } from './Face.tsx'
import { useTeam } from './hooks.ts'

/** Tells of what happens elsewhere: that somebody mentions one, that a mailbox is no longer shared. */
export function Watcher({ route }: { route: Route }) {
  const t = useText()
  const store = useStore()
  const team = useTeam()
  const accounts = useAccounts()
  const known = useRef(accounts)
  const latest = useRef(route)
  useEffect(() => {
    latest.current = route
  })

  useEffect(
    () =>
      team.onMention((account, note) => {
        const at = latest.current.open
        if (at?.account === account && at.thread === note.threadId && document.visibilityState === 'visible') return
        const mailbox = plain(store.account(account)?.name)
        const show = () => {
          void team.markSeen(account, [note]).catch(() => {})
          go({ ...latest.current, place: latest.current.place?.kind === 'room' ? { kind: 'inboxes' } : latest.current.place, open: { account, thread: note.threadId } })
        }
        tellNews(t('team.mentionsYou', { name: nameOf(note.author), mailbox }), { label: t('team.show'), run: show })
      }),
    [team, store, t],
  )

  useEffect(() => {
    const gone = known.current.filter((a) => !accounts.some((b) => b.id === a.id))
    known.current = accounts
    if (gone.length === 0) return
    const { open } = latest.current
    const closes = open !== null && gone.some((a) => a.id === open.account)
    tellNews(t(closes ? 'team.goneOpen' : 'team.gone', { mailbox: gone.map((a) => plain(a.name)).join(', '), count: gone.length }))
    if (closes) go({ ...latest.current, open: null }, 'replace')
  }, [accounts, t])
  return null
}
