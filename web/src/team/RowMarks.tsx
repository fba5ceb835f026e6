import { useText } from '../i18n/text.ts'
import type { Email, Id } from '../jmap/types.ts'
import { useStore } from '../store/hooks.ts'
import { Icon } from '../ui/Icon.tsx'
import { Face, nameOf } from './Face.tsx'
import { readWork, usePerson, usePresence, useShared } from './hooks.ts'

interface Props {
  account: Id
  thread: Id
  emails: readonly Email[]
}

/** What a row tells of the work on its conversation: who is at it, whether it waits or is done, whose it is. */
export function RowMarks(props: Props) {
  return useShared(props.account) ? <Marks {...props} /> : null
}

function Marks({ account, thread, emails }: Props) {
  const t = useText()
  const store = useStore()
  const { status, assignee } = readWork(store, account, emails)
  const person = usePerson(account, thread, assignee)
  const others = usePresence(account, thread)
  const answering = others.filter((p) => p.activity === 'answering')
  const at = answering.length > 0 ? answering : others
  if (status === 'open' && !person && at.length === 0) return null
  const presence = at.length > 0 ? t(answering.length > 0 ? 'team.answers' : 'team.reads', { count: at.length, names: at.map((p) => nameOf(p.who)).join(', ') }) : ''
  return (
    <span className="row-marks">
      {presence && (
        <span className="row-presence" data-activity={answering.length > 0 ? 'answering' : 'reading'} role="img" aria-label={presence} title={presence}>
          <Icon name={answering.length > 0 ? 'reply' : 'eye'} />
        </span>
      )}
      {status !== 'open' && (
        <span className="row-status" data-status={status}>
          <Icon name={status === 'done' ? 'check' : 'clock'} />
          {t(`team.status.${status}`)}
        </span>
      )}
      {person && (
        <span role="img" aria-label={t('team.assignedTo', { name: nameOf(person) })} title={t('team.assignedTo', { name: nameOf(person) })}>
          <Face person={person} />
        </span>
      )}
    </span>
  )
}
