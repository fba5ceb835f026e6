import { useId, useState } from 'react'
import { useText } from '../i18n/text.ts'
import type { Address, BodyPart, Email, Id } from '../jmap/types.ts'
import { useMailboxes, useStore } from '../store/hooks.ts'
import { Icon } from '../ui/Icon.tsx'
import { useFormat } from '../ui/format.ts'
import { isDraft, write } from '../compose/write.ts'
import { WrittenBy } from '../team/WorkBar.tsx'
import { Scheduled } from '../compose/Scheduled.tsx'
import { Button } from '../ui/Button.tsx'
import { byRole } from './folder.ts'
import { MessageBody } from './MessageBody.tsx'
import { initials, nameOf, plain, tint } from './person.ts'

interface Props {
  account: Id
  email: Email
  expanded: boolean
  onToggle: () => void
}

/** One message of a conversation: a line when folded, or all of it. */
export function Message({ account, email, expanded, onToggle }: Props) {
  const t = useText()
  const format = useFormat()
  const from = email.from?.[0] ?? { name: null, email: '' }
  const sender = email.sender?.[0]
  const behalf = sender && sender.email.toLowerCase() !== from.email.toLowerCase() ? sender : undefined
  const id = useId()
  const sentBox = byRole(useMailboxes(account), 'sent')
  const sent = sentBox !== undefined && email.mailboxIds[sentBox.id] === true
  return (
    <article className="message" data-expanded={expanded || undefined} data-unread={!email.keywords['$seen'] || undefined} aria-labelledby={id}>
      <header className="message-head">
        <span className="avatar" data-tint={tint(from.email)} data-initials={initials(nameOf(from))} />
        <div className="message-who">
          <h3 id={id}>
            <button type="button" className="message-toggle cut" aria-expanded={expanded} onClick={onToggle}>
              <bdi>{nameOf(from)}</bdi>
            </button>
            {expanded && from.name && <bdi className="quiet cut message-address">{plain(from.email)}</bdi>}
          </h3>
          {expanded && sent && <WrittenBy account={account} email={email} />}
          {expanded ? <Recipients email={email} behalf={behalf} /> : <p className="quiet cut" lang="">{plain(email.preview)}</p>}
        </div>
        <time className="quiet" dateTime={email.receivedAt} title={format.full(email.receivedAt)}>
          {email.keywords['$flagged'] && <Icon name="flag" filled />}
          {format.brief(email.receivedAt)}
        </time>
      </header>
      {expanded && (
        <div className="message-body">
          {sent && <Scheduled account={account} email={email.id} />}
          {email.bodyValues ? <MessageBody account={account} email={email} /> : <p className="quiet">{t('ui.loading')}</p>}
          <Attachments account={account} email={email} />
          <Answer account={account} email={email} />
        </div>
      )}
    </article>
  )
}

/** What one can write because of a message. */
function Answer({ account, email }: { account: Id; email: Email }) {
  const t = useText()
  const wish = (kind: 'reply' | 'replyAll' | 'forward' | 'draft') => () => write({ kind, account, email: email.id })
  if (isDraft(email)) {
    return (
      <div className="answer">
        <Button kind="line" onPress={wish('draft')}>
          <Icon name="draft" />
          {t('compose.edit')}
        </Button>
      </div>
    )
  }
  return (
    <div className="answer">
      <Button kind="line" shortcut="r" onPress={wish('reply')}>
        <Icon name="reply" />
        {t('compose.reply')}
      </Button>
      {(email.to?.length ?? 0) + (email.cc?.length ?? 0) > 1 && (
        <Button kind="line" shortcut="a" onPress={wish('replyAll')}>
          <Icon name="replyAll" />
          {t('compose.replyAll')}
        </Button>
      )}
      <Button kind="line" shortcut="f" onPress={wish('forward')}>
        <Icon name="forward" />
        {t('compose.forward')}
      </Button>
    </div>
  )
}

/** To whom it went: in a line, and in full when asked. */
function Recipients({ email, behalf }: { email: Email; behalf?: Address }) {
  const t = useText()
  const format = useFormat()
  const [full, setFull] = useState(false)
  const all = [...(email.to ?? []), ...(email.cc ?? [])]
  const lines: [string, readonly Address[]][] = [
    [t('mail.to'), email.to ?? []],
    [t('mail.cc'), email.cc ?? []],
    [t('mail.bcc'), email.bcc ?? []],
    [t('mail.replyTo'), email.replyTo ?? []],
  ]
  return (
    <>
      {behalf && <p className="message-behalf">{t('mail.sentBy', { name: nameOf(behalf) })}</p>}
      <button type="button" className="message-recipients quiet cut" aria-expanded={full} onClick={() => setFull(!full)}>
        {t('mail.toNames', { names: all.map(nameOf).join(', ') || t('mail.nobody') })}
      </button>
      {full && (
        <dl className="message-details">
          {lines
            .filter(([, people]) => people.length > 0)
            .map(([label, people]) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>
                  {people.map((person, i) => (
                    <bdi key={i}>
                      {person.name ? `${plain(person.name)} <${plain(person.email)}>` : plain(person.email)}
                      {i < people.length - 1 ? ', ' : ''}
                    </bdi>
                  ))}
                </dd>
              </div>
            ))}
          <div>
            <dt>{t('mail.date')}</dt>
            <dd>{format.full(email.sentAt ?? email.receivedAt)}</dd>
          </div>
        </dl>
      )}
    </>
  )
}

function Attachments({ account, email }: { account: Id; email: Email }) {
  const t = useText()
  const list = (email.attachments ?? []).filter((part) => part.blobId && !(part.disposition === 'inline' && part.cid && part.type.startsWith('image/')))
  if (list.length === 0) return null
  return (
    <section className="attachments" aria-label={t('mail.attachments')}>
      <ul>
        {list.map((part, i) => (
          <Attachment key={part.partId ?? part.blobId ?? i} account={account} part={part} />
        ))}
      </ul>
    </section>
  )
}

function Attachment({ account, part }: { account: Id; part: BodyPart }) {
  const t = useText()
  const format = useFormat()
  const store = useStore()
  const name = plain(part.name) || t('mail.unnamed')
  return (
    <li>
      <a className="attachment" href={store.client.downloadURL(account, part.blobId!, name, part.type)} download={name} title={name}>
        <Icon name="attach" />
        <bdi className="cut">{name}</bdi>
        <bdi className="quiet">{format.size(part.size)}</bdi>
        <Icon name="download" />
      </a>
    </li>
  )
}
