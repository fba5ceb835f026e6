import { useEffect, useState } from 'react'
import { useText } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { useFormat } from '../ui/format.ts'
import { Icon } from '../ui/Icon.tsx'
import { nameOf } from './Face.tsx'
import { usePresence, useShared, useTeam, useWorkRecord } from './hooks.ts'
import './team.css'
import type { Answer, Presence } from './team.ts'

/** A conversation that is answered. */
export interface About {
  account: Id
  thread: Id
  /** When the message came that is answered. */
  receivedAt: string
}

/** How long before one began an answer of a colleague is one to be warned of when sending, in milliseconds. */
const just = 15 * 60_000

export interface Clash {
  answering: readonly Presence[]
  answered: readonly Answer[]
}

/** Says that one answers a conversation, and warns of colleagues who do or have done. */
export function CollisionLine({ about }: { about: About }) {
  const t = useText()
  const format = useFormat()
  const team = useTeam()
  const shared = useShared(about.account)
  const { account, thread } = about
  useEffect(() => (shared ? team.telling.claim(account, thread, 'answering') : undefined), [team, account, thread, shared])
  const answering = usePresence(account, thread, shared).filter((p) => p.activity === 'answering')
  useWorkRecord(account, thread, shared)
  const answered = shared ? team.answersSince(account, thread, Date.parse(about.receivedAt)).at(-1) : undefined
  return (
    <div role="status" aria-live="polite">
      {(answering.length > 0 || answered) && (
        <div className="collision">
          <Icon name="team" />
          <div>
            {answering.length > 0 && (
              <p>
                <bdi>{t('team.answers', { count: answering.length, names: answering.map((p) => nameOf(p.who)).join(', ') })}</bdi>
              </p>
            )}
            {answered && (
              <p>
                <bdi>{t('team.alreadyAnswered', { name: nameOf(answered.by), date: format.brief(answered.at) })}</bdi>
              </p>
            )}
          </div>
        </div>
      )}
    </div>
  )
}

/** Asks before an answer is sent that a colleague may be sending too. */
export function useClash(about: About | undefined) {
  const team = useTeam()
  const shared = useShared(about?.account)
  const [begun] = useState(() => Date.now())
  const [clash, setClash] = useState<(Clash & { go: () => void }) | null>(null)
  const guard = async (go: () => void) => {
    if (!about || !shared) return go()
    const found = await team.collision(about.account, about.thread, Math.max(begun - just, Date.parse(about.receivedAt)))
    if (found.answering.length > 0 || found.answered.length > 0) setClash({ ...found, go })
    else go()
    return undefined
  }
  return { guard, clash, over: () => setClash(null) }
}

export function ClashDialog({ clash, onClose }: { clash: Clash & { go: () => void }; onClose: () => void }) {
  const t = useText()
  const format = useFormat()
  const last = clash.answered.at(-1)
  return (
    <Dialog title={t(clash.answering.length > 0 ? 'team.clashTitle' : 'team.clashAnswered')} onClose={onClose}>
      <div className="clash">
        {last && <p>{t('team.alreadyAnswered', { name: nameOf(last.by), date: format.brief(last.at) })}</p>}
        {clash.answering.length > 0 && <p>{t('team.answers', { count: clash.answering.length, names: clash.answering.map((p) => nameOf(p.who)).join(', ') })}</p>}
        <p className="quiet">{t('team.clashWhy')}</p>
      </div>
      <footer className="dialog-foot">
        <Button onPress={() => (onClose(), clash.go())}>{t('team.sendAnyway')}</Button>
        <Button kind="main" autoFocus onPress={onClose}>
          {t('team.notYet')}
        </Button>
      </footer>
    </Dialog>
  )
}
