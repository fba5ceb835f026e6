import { useEffect, useState } from 'react'
import type { MessageId, Text } from '../i18n/text.ts'
import { useText } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { plain } from '../mail/person.ts'
import { useStore } from '../store/hooks.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { useFormat } from '../ui/format.ts'
import { reasonText } from './actions.ts'
import { Face, nameOf } from './Face.tsx'
import type { WorkRecord } from './team.ts'
import type { Person } from './work.ts'

/** One record of the audit log. */
interface Event {
  id: Id
  at: string
  by: Person
  action: string
  protocol: string
  path: string | null
  details: Record<string, string>
}

interface Props {
  account: Id
  thread: Id
  record: WorkRecord
  onClose: () => void
}

/** Who answered a conversation; for who may read the audit log, everything that was done with it. */
export default function AnswersDialog({ account, thread, record, onClose }: Props) {
  const t = useText()
  const format = useFormat()
  return (
    <Dialog title={t(record.answers.length > 0 ? 'team.whoAnswered' : 'team.history')} size={record.mayReadHistory ? 'wide' : 'normal'} onClose={onClose}>
      {record.answers.length > 0 && (
        <ul className="answers">
          {record.answers.map((answer) => (
            <li key={`${answer.emailId}${answer.at}`}>
              <Face person={answer.by} />
              <span className="answer-who">
                <bdi className="cut">{nameOf(answer.by)}</bdi>
                <bdi className="quiet cut">{plain(answer.by.email)}</bdi>
              </span>
              <time dateTime={answer.at}>{format.full(answer.at)}</time>
            </li>
          ))}
        </ul>
      )}
      {record.mayReadHistory && <History account={account} thread={thread} titled={record.answers.length > 0} />}
    </Dialog>
  )
}

function History({ account, thread, titled }: { account: Id; thread: Id; titled: boolean }) {
  const t = useText()
  const format = useFormat()
  const store = useStore()
  const [events, setEvents] = useState<readonly Event[] | null>(null)
  const [fault, setFault] = useState<unknown>(null)
  useEffect(() => {
    let over = false
    const got = store.client.call<{ list: Event[] }>('Work/history', { accountId: account, threadId: thread })
    got.then(({ list }) => !over && setEvents(list), (error: unknown) => !over && setFault(error))
    return () => {
      over = true
    }
  }, [store, account, thread])
  return (
    <section className="history" aria-label={t('team.history')}>
      {titled && <h3>{t('team.history')}</h3>}
      <p className="quiet">{fault !== null ? reasonText(fault, t) : events === null ? t('ui.loading') : events.length === 0 ? t('team.historyNone') : t('team.historyWhy')}</p>
      {events && events.length > 0 && (
        <ol>
          {events.toReversed().map((event) => (
            <li key={event.id}>
              <time className="quiet" dateTime={event.at} title={format.full(event.at)}>
                {format.moment(event.at)}
              </time>
              <span>
                <bdi className="history-who">{nameOf(event.by)}</bdi> <bdi>{deed(event, t)}</bdi>
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

const deeds: Record<string, MessageId> = {
  'message.append': 'team.deed.append',
  'message.copy': 'team.deed.copy',
  'message.delete': 'team.deed.delete',
  'message.flag': 'team.deed.flag',
  'message.move': 'team.deed.move',
  'message.note': 'team.deed.note',
  'message.read': 'team.deed.read',
  'message.search': 'team.deed.search',
  'message.send': 'team.deed.send',
}

/** What a record says was done, in words. */
function deed({ action, details, path }: Event, t: Text): string {
  if (action === 'message.flag' && details['status']) return t('team.deed.status', { status: t(`team.status.${details['status'] as 'open'}`) })
  if (action === 'message.flag' && details['assignee']) return details['assignee'] === 'nobody' ? t('team.deed.unassign') : t('team.deed.assign', { name: plain(details['assignee']) })
  if (action === 'message.note' && ['added', 'changed', 'removed'].includes(details['note'] ?? '')) return t(`team.deed.note.${details['note'] as 'added'}`)
  const id = deeds[action]
  return id ? t(id, { what: plain(details['change']), to: plain(details['to'] ?? path ?? '') }) : plain(action)
}
