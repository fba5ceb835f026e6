import { lazy, Suspense, useEffect, useLayoutEffect, useState } from 'react'
import { withTexts } from '../i18n/text.ts'
import { useStore } from '../store/hooks.ts'
import { EarlyKeys } from './early.ts'
import { recallDraft } from './memory.ts'
import { onWrite, type Wish } from './write.ts'

const Composer = lazy(() => withTexts(() => import('./Composer.tsx')))

/** Where the composer opens. One message is written at a time: the one before is kept among the drafts. */
export function Writing() {
  const store = useStore()
  const [open, setOpen] = useState<{ wish: Wish; turn: number } | null>(null)
  const [early] = useState(() => new EarlyKeys())
  // From the moment the page shows: whoever presses the key for it at once is heard.
  useLayoutEffect(() => {
    const over = onWrite((wish) => {
      early.begin()
      setOpen((before) => ({ wish, turn: (before?.turn ?? 0) + 1 }))
    })
    return () => {
      over()
      early.end()
    }
  }, [early])
  // What was being written when the page was left.
  useEffect(() => {
    const kept = recallDraft(store.accounts.find((a) => a.isPersonal)?.id)
    if (kept) setOpen({ wish: { kind: 'again', ...kept }, turn: 0 })
  }, [store])
  if (!open) return null
  return (
    <Suspense fallback={null}>
      <Composer key={open.turn} wish={open.wish} early={early} onClose={() => setOpen((now) => (now?.turn === open.turn ? null : now))} />
    </Suspense>
  )
}
