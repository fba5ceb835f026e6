import { memo, type ReactNode, useEffect, useRef, useState } from 'react'
import { useText } from '../i18n/text.ts'
import { JMAPError } from '../jmap/error.ts'
import type { Email, Id } from '../jmap/types.ts'
import { useRecord, useStore } from '../store/hooks.ts'
import { NotesBelow } from '../team/NotesBelow.tsx'
import { WorkBar } from '../team/WorkBar.tsx'
import { Blank } from '../ui/Blank.tsx'
import { Button } from '../ui/Button.tsx'
import { failureText, type MailActions } from './actions.ts'
import { Message } from './Message.tsx'
import { plain } from './person.ts'
import { useEmails } from './useEmails.ts'

interface Props {
  account: Id
  thread: Id
  actions: MailActions
  /** The buttons above. */
  toolbar: ReactNode
}

const noIds: readonly string[] = []

/** A conversation below its buttons, which stay while one goes from one to the next. */
export const Conversation = memo(function Conversation({ toolbar, ...opened }: Props) {
  const t = useText()
  return (
    <section className="conversation" aria-label={t('mail.conversation')}>
      {toolbar}
      <Opened key={`${opened.account}/${opened.thread}`} {...opened} />
    </section>
  )
})

/** Its messages from the first to the last, those already read folded. */
function Opened({ account, thread, actions }: Omit<Props, 'toolbar'>) {
  const t = useText()
  const store = useStore()
  const record = useRecord(account, 'Thread', thread)
  const emails = useEmails(account, record?.emailIds ?? noIds)
  const [error, setError] = useState<unknown>()
  const [attempt, setAttempt] = useState(0)
  const members = record?.emailIds.join() ?? ''

  // Once more when it has other messages: the text of the new one.
  useEffect(() => {
    let over = false
    setError(undefined)
    store.loadThread(account, thread).catch((fault: JMAPError) => !over && setError(fault))
    return () => {
      over = true
    }
  }, [store, account, thread, attempt, members])

  const whole = emails.length > 0 && emails.every((email) => email.bodyValues)
  const [begun, setBegun] = useState(false)
  if (whole && !begun) setBegun(true)
  const subject = plain(emails[0]?.subject)
  if (error !== undefined && !whole) {
    return error instanceof JMAPError && error.kind === 'notFound' ? (
      <Blank icon="read" title={t('team.goneThread')}>
        <p>{t('team.goneThreadWhy')}</p>
      </Blank>
    ) : (
      <Blank icon="junk" title={t('mail.openFailed')}>
        <p>{failureText(error, t)}</p>
        <Button kind="line" onPress={() => setAttempt(attempt + 1)}>
          {t('ui.again')}
        </Button>
      </Blank>
    )
  }
  return (
    <div className="conversation-scroller" tabIndex={-1}>
      <h2 className="conversation-subject">
        <bdi lang={subject ? '' : undefined}>{emails.length > 0 ? subject || t('mail.noSubject') : t('ui.loading')}</bdi>
      </h2>
      {emails.length > 0 && <WorkBar account={account} thread={thread} emails={emails} />}
      {begun && emails.length > 0 && <Messages account={account} emails={emails} actions={actions} />}
      {begun && <NotesBelow account={account} thread={thread} />}
    </div>
  )
}

function Messages({ account, emails, actions }: { account: Id; emails: readonly Email[]; actions: MailActions }) {
  const [choice, setChoice] = useState<ReadonlyMap<Id, boolean>>(() => new Map(emails.map((email, i) => [email.id, i === emails.length - 1 || !email.keywords['$seen']])))
  const expanded = (email: Email) => choice.get(email.id) ?? true
  const top = useRef<HTMLDivElement>(null)

  // What is open has been read.
  useEffect(() => {
    const unread = emails.filter((email) => !email.keywords['$seen'] && (choice.get(email.id) ?? true))
    if (unread.length > 0) actions.markOpened(account, unread)
    // Only when messages are opened or come in: marking one unread again holds.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [account, choice, emails.length])

  useEffect(() => {
    const first = top.current?.querySelector('[data-expanded]')
    if (first && first !== top.current?.firstElementChild) first.scrollIntoView({ block: 'start' })
  }, [])

  return (
    <div className="messages" ref={top}>
      {emails.map((email) => (
        <Message key={email.id} account={account} email={email} expanded={expanded(email)} onToggle={() => setChoice(new Map(choice).set(email.id, !expanded(email)))} />
      ))}
    </div>
  )
}
