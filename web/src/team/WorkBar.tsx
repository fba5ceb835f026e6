import { lazy, Suspense, useEffect, useState } from 'react'
import { useText } from '../i18n/text.ts'
import type { Email, Id } from '../jmap/types.ts'
import { useStore } from '../store/hooks.ts'
import { Button } from '../ui/Button.tsx'
import { useFormat } from '../ui/format.ts'
import { Icon } from '../ui/Icon.tsx'
import { Face, nameOf } from './Face.tsx'
import { readWork, useNotes, usePerson, usePresence, useShared, useTeam, useWorkRecord } from './hooks.ts'
import { ask } from './signals.ts'
import type { Presence, WorkRecord } from './team.ts'
import { AssignMenu, StatusMenu, statusIcons } from './WorkMenus.tsx'

const AnswersDialog = lazy(() => import('./AnswersDialog.tsx'))

interface Props {
  account: Id
  thread: Id
  emails: readonly Email[]
}

/** Above a conversation that several people work on: where it stands, whose it is, who answered, who is at it now. */
export function WorkBar(props: Props) {
  const { account, thread } = props
  const store = useStore()
  const team = useTeam()
  const shared = useShared(account)
  useEffect(() => {
    const open = store.account(account)
    if (open?.isPersonal) team.look(open, thread).catch(() => {})
  }, [store, team, account, thread])
  useEffect(() => (shared ? team.telling.claim(account, thread, 'reading') : undefined), [team, account, thread, shared])
  return shared ? <Bar {...props} /> : null
}

function Bar({ account, thread, emails }: Props) {
  const t = useText()
  const store = useStore()
  const record = useWorkRecord(account, thread)
  const notes = useNotes(account, thread)
  const others = usePresence(account, thread)
  const { status, assignee } = readWork(store, account, emails)
  const person = usePerson(account, thread, assignee)
  const threads = [{ account, thread }]
  const count = notes?.length ?? 0
  return (
    <>
      <div className="work" role="group" aria-label={t('team.work')}>
        {record?.mayChange === false ? (
          <>
            <span className="work-fact" data-status={status}>
              <Icon name={statusIcons[status]} />
              {t(`team.status.${status}`)}
            </span>
            {person && (
              <span className="work-fact">
                <Face person={person} />
                <bdi className="cut">{nameOf(person)}</bdi>
              </span>
            )}
          </>
        ) : (
          <>
            <StatusMenu threads={threads} chosen={status}>
              <Button kind="line" aria-label={t('team.statusIs', { status: t(`team.status.${status}`) })}>
                <span className="work-state" data-status={status}>
                  <Icon name={statusIcons[status]} />
                  {t(`team.status.${status}`)}
                </span>
              </Button>
            </StatusMenu>
            <AssignMenu threads={threads} chosen={assignee}>
              <Button kind="line" shortcut="p" aria-label={person ? t('team.assignedTo', { name: nameOf(person) }) : t('team.assign')}>
                {person ? <Face person={person} /> : <Icon name="person" />}
                <bdi className="cut">{person ? nameOf(person) : t('team.assign')}</bdi>
              </Button>
            </AssignMenu>
          </>
        )}
        <Answered account={account} thread={thread} record={record} />
        {(count > 0 || record?.mayChange) && (
          <Button kind="plain" shortcut="n" onPress={() => ask('note')}>
            <Icon name="note" />
            {count > 0 ? t('team.noteCount', { count }) : t('team.noteNew')}
          </Button>
        )}
      </div>
      <PresenceLine others={others} />
    </>
  )
}

/** Who answered last, and on a press everybody who did. */
function Answered({ account, thread, record }: { account: Id; thread: Id; record: WorkRecord | null | undefined }) {
  const t = useText()
  const format = useFormat()
  const [open, setOpen] = useState(false)
  const last = record?.answers.at(-1)
  if (!record || (!last && !record.mayReadHistory)) return null
  return (
    <>
      <Button kind="plain" onPress={() => setOpen(true)}>
        <Icon name={last ? 'reply' : 'clock'} />
        <bdi className="cut">{last ? t('team.answeredBy', { name: nameOf(last.by), date: format.brief(last.at) }) : t('team.history')}</bdi>
      </Button>
      {open && (
        <Suspense fallback={null}>
          <AnswersDialog account={account} thread={thread} record={record} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}

/** Who is at it now, in a calm line. */
function PresenceLine({ others }: { others: readonly Presence[] }) {
  const t = useText()
  const of = (activity: Presence['activity']) => others.filter((p) => p.activity === activity)
  const lines = (['answering', 'reading'] as const).map((activity) => ({ activity, people: of(activity) })).filter(({ people }) => people.length > 0)
  return (
    <div className="presence" role="status" aria-live="polite">
      {lines.map(({ activity, people }) => (
        <p key={activity} data-activity={activity}>
          <span className="faces">
            {people.slice(0, 5).map((p) => (
              <Face key={p.who.email} person={p.who} />
            ))}
          </span>
          <bdi>{t(activity === 'answering' ? 'team.answers' : 'team.reads', { count: people.length, names: people.map((p) => nameOf(p.who)).join(', ') })}</bdi>
        </p>
      ))}
    </div>
  )
}

/** Who of the colleagues wrote a message that was sent from a shared mailbox. */
export function WrittenBy({ account, email }: { account: Id; email: Email }) {
  const t = useText()
  const record = useWorkRecord(account, email.threadId, useShared(account))
  const answer = record?.answers.find((a) => a.emailId === email.id)
  return answer ? (
    <p className="message-behalf">
      <bdi>{t('team.writtenBy', { name: nameOf(answer.by) })}</bdi>
    </p>
  ) : null
}
