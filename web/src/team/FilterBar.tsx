import { lazy, Suspense, useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import { Button as AriaButton, Dialog as AriaDialog, DialogTrigger, Popover } from 'react-aria-components'
import { useText } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { go, type Route } from '../mail/route.ts'
import { useStore } from '../store/hooks.ts'
import { useTeam } from './hooks.ts'
import './team.css'
import { toggleMark, type WorkMark, workMarks } from './work.ts'

const MentionList = lazy(() => import('./MentionList.tsx'))

interface Props {
  route: Route
  /** The shared mailboxes that are shown. */
  accounts: readonly Id[]
}

/** The marks of whose a conversation is; the others are of how far it is. */
const whose: readonly WorkMark[] = ['mine', 'unassigned']

/** What a list of a shared mailbox is narrowed to. */
export function FilterBar({ route, accounts }: Props) {
  const t = useText()
  const work = route.work ?? []
  const chip = (mark: WorkMark) => (
    <button key={mark} type="button" className="chip" aria-pressed={work.includes(mark)} onClick={() => go({ ...route, work: toggleMark(work, mark), open: null }, work.length > 0 ? 'replace' : 'push')}>
      {t(`mail.chip.${mark}`)}
    </button>
  )
  return (
    <div className="filters">
      <div className="filter-chips" role="group" aria-label={t('team.filters')}>
        <div>
          {whose.map(chip)}
          <Mentions accounts={accounts} />
        </div>
        <div>{workMarks.filter((mark) => !whose.includes(mark)).map(chip)}</div>
      </div>
    </div>
  )
}

/** Notes that mention one, with how many are new. */
function Mentions({ accounts }: { accounts: readonly Id[] }) {
  const t = useText()
  const team = useTeam()
  const store = useStore()
  const key = accounts.join()
  const [open, setOpen] = useState(false)
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = key.split(',').map((account) => store.emitter.on(`${account}/Mentions/me`, listener))
      return () => {
        for (const stop of stops) stop()
      }
    },
    [store, key],
  )
  useEffect(() => {
    for (const account of key.split(',')) if (!team.mentions.get(account, 'me')) team.mentions.load(account, 'me').catch(() => {})
  }, [team, key])
  const fresh = useSyncExternalStore(subscribe, () => accounts.reduce((sum, account) => sum + team.unseen(account).length, 0))
  return (
    <DialogTrigger isOpen={open} onOpenChange={setOpen}>
      <AriaButton className="chip chip-mentions" aria-label={t('team.mentionCount', { count: fresh })}>
        @
        {fresh > 0 && <span className="badge">{fresh}</span>}
      </AriaButton>
      <Popover className="popover" placement="bottom end">
        <AriaDialog className="mention-list" aria-label={t('team.mentions')}>
          <Suspense fallback={<p className="quiet menu-note">{t('ui.loading')}</p>}>
            <MentionList accounts={accounts} onClose={() => setOpen(false)} />
          </Suspense>
        </AriaDialog>
      </Popover>
    </DialogTrigger>
  )
}
