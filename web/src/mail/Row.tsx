import { type DragEvent, memo, type MouseEvent } from 'react'
import { useText } from '../i18n/text.ts'
import type { Email } from '../jmap/types.ts'
import { useRecord } from '../store/hooks.ts'
import type { Ref } from '../store/query.ts'
import { RowMarks } from '../team/RowMarks.tsx'
import { Icon } from '../ui/Icon.tsx'
import { useFormat } from '../ui/format.ts'
import { nameOf, plain, shortName } from './person.ts'
import { useEmails } from './useEmails.ts'

export interface RowProps {
  index: number
  top: number
  row: Ref
  id: string
  /** Whom a row names: who wrote, or whom it went to. */
  names: 'from' | 'to'
  /** The account's name, where rows of several stand together. */
  accountName?: string
  chosen: boolean
  active: boolean
  open: boolean
  onPress: (index: number, event: MouseEvent) => void
  onToggle: (index: number) => void
  onFlag: (row: Ref, flagged: boolean) => void
  onDrag: (index: number, event: DragEvent) => void
}

const noIds: readonly string[] = []

/** A row is the same when the message is: which message it is is told by an object that is made anew each time. */
function sameRow(a: RowProps, b: RowProps): boolean {
  return a.row.id === b.row.id && a.row.account === b.row.account && (Object.keys(b) as (keyof RowProps)[]).every((key) => key === 'row' || a[key] === b[key])
}

export const Row = memo(function Row({ index, top, row, id, names, accountName, chosen, active, open, onPress, onToggle, onFlag, onDrag }: RowProps) {
  const t = useText()
  const format = useFormat()
  const email = useRecord(row.account, 'Email', row.id)
  const thread = useRecord(row.account, 'Thread', email?.threadId)
  const members = useEmails(row.account, thread?.emailIds ?? noIds)
  const style = { transform: `translateY(${top}px)` }
  if (!email) return <BlankRow index={index} top={top} />
  const all = members.length > 0 ? members : [email]
  const unread = all.some((m) => !m.keywords['$seen'])
  const flagged = all.some((m) => m.keywords['$flagged'])
  const subject = plain(email.subject) || t('mail.noSubject')
  const people = namesOf(email, all, names)
  const answered = email.keywords['$answered']
  return (
    <div
      id={id}
      className="row"
      role="row"
      aria-rowindex={index + 1}
      aria-selected={chosen}
      style={style}
      data-unread={unread || undefined}
      data-active={active || undefined}
      data-open={open || undefined}
      draggable
      onClick={(event) => onPress(index, event)}
      onDragStart={(event) => onDrag(index, event)}
    >
      <span role="gridcell" className="row-choice">
        <button type="button" tabIndex={-1} className="choice" aria-pressed={chosen} aria-label={t('mail.choose', { subject })} onClick={(event) => (event.stopPropagation(), onToggle(index))}>
          <span className="choice-box">{chosen && <Icon name="check" />}</span>
          <span className="choice-dot" />
        </button>
      </span>
      <span role="gridcell" className="row-text">
        <span className="row-line">
          {unread && <span className="unseen">{t('mail.unread')}: </span>}
          <bdi className="row-people cut">{people || t('mail.nobody')}</bdi>
          {all.length > 1 && <span className="row-length">{format.number(all.length)}</span>}
          {email.hasAttachment && <Mark icon="attach" label={t('mail.hasAttachment')} />}
          <time className="row-time" dateTime={email.receivedAt}>
            {format.brief(email.receivedAt)}
          </time>
        </span>
        <span className="row-line">
          <span className="row-words">
            {answered && <Mark icon="reply" label={t('mail.answered')} />}
            <bdi className="row-subject" lang={email.subject ? '' : undefined}>{subject}</bdi>{' '}
            <bdi className="row-preview" lang="">{plain(email.preview)}</bdi>
          </span>
          <RowMarks account={row.account} thread={email.threadId} emails={all} />
          {accountName && <span className="row-account cut">{accountName}</span>}
        </span>
      </span>
      <span role="gridcell" className="row-flag">
        <button type="button" tabIndex={-1} className="flag" aria-pressed={flagged} aria-label={t('mail.flagOf', { subject })} onClick={(event) => (event.stopPropagation(), onFlag(row, !flagged))}>
          <Icon name="flag" filled={flagged} />
        </button>
      </span>
    </div>
  )
}, sameRow)

/** A row whose message is not here yet. */
export function BlankRow({ index, top }: { index: number; top: number }) {
  return (
    <div className="row row-blank" role="row" aria-rowindex={index + 1} style={{ transform: `translateY(${top}px)` }}>
      <span role="gridcell" className="row-text">
        <span />
        <span />
      </span>
    </div>
  )
}

function Mark({ icon, label }: { icon: 'attach' | 'reply'; label: string }) {
  return (
    <span className="mark" role="img" aria-label={label} title={label}>
      <Icon name={icon} />
    </span>
  )
}

/** Who takes part, each once, in the order they came in. */
function namesOf(email: Email, all: readonly Email[], names: RowProps['names']): string {
  if (names === 'to') return (email.to ?? []).map(nameOf).join(', ')
  const people = new Map<string, string>()
  for (const member of all) for (const from of member.from ?? []) people.set(from.email.toLowerCase(), nameOf(from))
  if (people.size === 1) return [...people.values()][0]!
  const short = new Map<string, string>()
  for (const member of all) for (const from of member.from ?? []) short.set(from.email.toLowerCase(), shortName(from))
  return [...short.values()].join(', ')
}
