import { type KeyboardEvent, useEffect, useId, useRef, useState, useSyncExternalStore } from 'react'
import { useText } from '../i18n/text.ts'
import { folderName } from '../mail/folder.ts'
import { plain } from '../mail/person.ts'
import { useStore } from '../store/hooks.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { ClashDialog, CollisionLine, useClash } from '../team/Collision.tsx'
import { Icon } from '../ui/Icon.tsx'
import { tell } from '../ui/toast.tsx'
import { AttachmentList } from './AttachmentList.tsx'
import type { Begun } from './begin.ts'
import type { EarlyKeys } from './early.ts'
import { FromField } from './FromField.tsx'
import type { DraftKeeper } from './keeper.ts'
import { RecipientsField } from './RecipientsField.tsx'
import { reasonOf } from './reason.ts'
import { SendLater } from './SendLater.tsx'
import { TextEditor } from './TextEditor.tsx'
import { useAttachments } from './useAttachments.ts'
import { useFrom } from './useFrom.ts'
import { useSending } from './useSending.ts'
import { write } from './write.ts'

interface Props {
  begun: Begun
  /** Begun with the cursor in the text, above what is quoted. */
  answers: boolean
  /** What was typed before this was here. */
  early: EarlyKeys
  onClose: () => void
}

/** The fields of a message, and what one can do with it. */
export function ComposeForm({ begun, answers, early, onClose }: Props) {
  const t = useText()
  const { keeper } = begun
  useSyncExternalStore(keeper.subscribe, () => keeper.draft)
  const status = useSyncExternalStore(keeper.subscribe, () => keeper.status)
  const { draft } = keeper
  const from = useFrom(begun)
  const files = useAttachments(keeper)
  const sending = useSending(begun, onClose)
  const [more, setMore] = useState({ cc: draft.cc.length > 0, bcc: draft.bcc.length > 0 })
  /** The field that was asked for last: one goes on there. */
  const [asked, setAsked] = useState<'cc' | 'bcc' | null>(null)
  const [inText] = useState(answers || draft.to.length > 0)
  const [later, setLater] = useState(false)
  const collision = useClash(draft.about)
  const whyNot = useId()
  const latest = useRef(t)
  useEffect(() => {
    latest.current = t
  })

  useEffect(() => {
    // Another message takes its place, the page is left: what is written is kept.
    return () =>
      void keeper.close().then((done) => {
        if (!done) tell(latest.current('compose.notSaved', { reason: reasonOf(keeper.fault, latest.current) }), () => write({ kind: 'again', draft: keeper.draft, saved: keeper.saved }))
      })
  }, [keeper])

  const blocked = from.state.is === 'refused' ? t('compose.fromRefused') : from.state.is === 'checking' ? t('compose.checking') : files.busy ? t('compose.uploading') : ''
  const send = (when: Date | null) => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
    if (!blocked && !sending.busy) void collision.guard(() => void sending.send(when))
  }
  const close = () => void keeper.close().then((done) => done && onClose())
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      send(null)
    } else if (event.key === 'Escape' && !event.defaultPrevented && (event.target as Element).ariaExpanded !== 'true') close() // not what closes a list
  }
  const { refusal } = sending
  const toFault = refusal?.field === 'to' ? reasonOf(refusal, t) : ''
  return (
    <form className="composer-form" onSubmit={(event) => event.preventDefault()} onKeyDown={keys} data-dropping={files.dropping || undefined}>
      <header className="composer-head">
        <h2 className="cut">
          <bdi>{plain(draft.subject) || t('compose.new')}</bdi>
        </h2>
        <IconButton icon="close" label={t('compose.close')} shortcut="Escape" onPress={close} />
      </header>
      <div className="composer-scroller">
        {draft.about && <CollisionLine about={draft.about} />}
        <FromField begun={begun} from={from} refusal={refusal?.field === 'from' ? reasonOf(refusal, t) : ''} />
        <RecipientsField name="to" label={t('mail.to')} people={draft.to} fault={toFault} {...(!inText && { early })} onChange={(to) => (keeper.edit({ to }), sending.clear())}>
          {!more.cc && <Button aria-label={t('compose.showCc')} onPress={() => (setMore({ ...more, cc: true }), setAsked('cc'))}>{t('compose.cc')}</Button>}
          {!more.bcc && <Button aria-label={t('compose.showBcc')} onPress={() => (setMore({ ...more, bcc: true }), setAsked('bcc'))}>{t('compose.bcc')}</Button>}
        </RecipientsField>
        {more.cc && <RecipientsField name="cc" label={t('compose.cc')} people={draft.cc} fault="" focused={asked === 'cc'} onChange={(cc) => keeper.edit({ cc })} />}
        {more.bcc && <RecipientsField name="bcc" label={t('compose.bcc')} people={draft.bcc} fault="" focused={asked === 'bcc'} onChange={(bcc) => keeper.edit({ bcc })} />}
        <label className="composer-row">
          <span>{t('compose.subject')}</span>
          <input dir="auto" value={draft.subject} maxLength={900} onChange={(event) => keeper.edit({ subject: event.target.value })} />
        </label>
        <TextEditor keeper={keeper} {...(inText && { early })} />
        <AttachmentList files={files} />
      </div>
      {refusal?.field === 'attachments' || refusal?.field === 'whole' ? (
        <p className="composer-fault" role="alert">
          {t('compose.notSent', { reason: reasonOf(refusal, t) })}
        </p>
      ) : null}
      <footer className="composer-foot">
        <Button kind="main" shortcut="Control+Enter" aria-describedby={blocked ? whyNot : undefined} isDisabled={blocked !== '' || sending.busy} onPress={() => send(null)}>
          <Icon name="sent" />
          {t(sending.busy ? 'compose.sending' : 'compose.send')}
        </Button>
        <IconButton icon="clock" label={t('compose.later')} isDisabled={blocked !== '' || sending.busy} onPress={() => setLater(true)} />
        <AttachButton onFiles={files.add} />
        <SaveState keeper={keeper} status={status} blocked={blocked} id={whyNot} />
        <IconButton icon="trash" label={t('compose.discard')} onPress={() => void sending.discard()} />
      </footer>
      {files.dropping && <p className="composer-drop">{t('compose.drop')}</p>}
      {collision.clash && <ClashDialog clash={collision.clash} onClose={collision.over} />}
      {later && <SendLater account={draft.account} onClose={() => setLater(false)} onChoose={(when) => (setLater(false), send(when))} />}
    </form>
  )
}

function AttachButton({ onFiles }: { onFiles: (files: Iterable<File>) => void }) {
  const t = useText()
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <IconButton icon="attach" label={t('compose.attach')} onPress={() => input.current?.click()} />
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={t('compose.attach')}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])])
          event.target.value = ''
        }}
      />
    </>
  )
}

/** Why one cannot send now, or else where the draft is. */
function SaveState({ keeper, status, blocked, id }: { keeper: DraftKeeper; status: DraftKeeper['status']; blocked: string; id: string }) {
  const t = useText()
  const store = useStore()
  const { saved } = keeper
  const account = saved ? store.account(saved.account) : undefined
  const drafts = saved ? store.table(saved.account, 'Mailbox').all().find((m) => m.role === 'drafts') : undefined
  const where = account && drafts ? `${plain(account.name)}: ${plain(folderName(drafts, t))}` : ''
  const state = status === 'failed' ? t('compose.notSaved', { reason: reasonOf(keeper.fault, t) }) : status === 'saving' ? t('compose.saving') : status === 'saved' && where ? t('compose.saved', { mailbox: where }) : ''
  const failed = blocked === '' && status === 'failed'
  return (
    <span className="composer-state quiet cut" id={id} data-fault={blocked !== '' || failed || undefined} title={blocked || state}>
      <span role="status">{failed ? '' : blocked || state}</span>
      <span role="alert">{failed ? state : ''}</span>
    </span>
  )
}
