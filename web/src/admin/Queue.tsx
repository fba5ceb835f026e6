import { useState } from 'react'
import { Input, SearchField } from 'react-aria-components'
import { type MessageId, useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { adminPath, useApi } from '../session/api.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { useFormat } from '../ui/format.ts'
import { Icon } from '../ui/Icon.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { tell, tellFailure } from '../ui/toast.tsx'
import { AddressText } from './AddressText.tsx'
import { Listing } from './Listing.tsx'
import { reason, usePaged, useSettled } from './load.ts'
import type { Queued } from './wire.ts'

type Act = 'retry' | 'hold' | 'release'

/** Mail on its way out. */
export function Queue() {
  const t = useText()
  const api = useApi()
  const format = useFormat()
  const [typed, setTyped] = useState('')
  const [deleting, setDeleting] = useState<Queued | null>(null)
  const text = useSettled(typed.trim())
  const list = usePaged<Queued>(text, async (last, max, signal) => (await api.get<Queued[] | null>(adminPath('queue'), { text, after: last?.id, max }, signal)) ?? [])
  const run = async (what: () => Promise<unknown>, told: string) => {
    try {
      await what()
      tell(told)
    } catch (error) {
      tellFailure(reason(error, t))
    }
    list.again()
  }
  const act = (m: Queued, word: Act) => void run(() => api.send('POST', adminPath('queue', m.id, word)), t(`admin.queue.${word}Done`, { id: m.id }))
  return (
    <>
      <PageHead title={t('admin.queue')}>{t('admin.queueWhy')}</PageHead>
      <div className="admin-bar">
        <SearchField className="field find" aria-label={t('admin.findQueued')} value={typed} onChange={setTyped}>
          <Input placeholder={t('admin.findQueued')} />
        </SearchField>
        <Button kind="line" onPress={list.again}>
          <Icon name="refresh" />
          {t('admin.reload')}
        </Button>
      </div>
      <Listing<Queued>
        label={t('admin.queue')}
        rows={list.value}
        error={list.error}
        onAgain={list.again}
        id={(m) => String(m.id)}
        more={list.more}
        busy={list.busy}
        empty={{ icon: 'sent', title: t(text ? 'admin.noneFound' : 'admin.queueEmpty') }}
        fields={[
          { id: 'id', title: t('admin.number'), tight: true, minor: true, render: (m) => format.number(m.id) },
          { id: 'queued', title: t('admin.when'), tight: true, minor: true, render: (m) => <time dateTime={m.queued}>{format.brief(m.queued)}</time> },
          { id: 'sender', title: t('admin.sender'), render: (m) => <AddressText of={m.sender || '<>'} /> },
          { id: 'to', title: t('admin.recipients'), isName: true, render: (m) => <Recipients message={m} /> },
          { id: 'state', title: t('admin.state'), render: (m) => <State message={m} /> },
          { id: 'size', title: t('admin.size'), minor: true, end: true, render: (m) => format.size(m.size) },
          {
            id: 'do', title: t('admin.do'), tight: true,
            render: (m) => (
              <span className="acts">
                {m.hold ? (
                  <IconButton icon="play" label={t('admin.queue.release', { id: m.id })} onPress={() => act(m, 'release')} />
                ) : (
                  <>
                    <IconButton icon="refresh" label={t('admin.queue.retry', { id: m.id })} onPress={() => act(m, 'retry')} />
                    <IconButton icon="pause" label={t('admin.queue.hold', { id: m.id })} onPress={() => act(m, 'hold')} />
                  </>
                )}
                <IconButton icon="trash" label={t('admin.queue.delete', { id: m.id })} onPress={() => setDeleting(m)} />
              </span>
            ),
          },
        ]}
      />
      {deleting && (
        <Dialog title={t('admin.queue.deleteTitle')} onClose={() => setDeleting(null)}>
          <p>{t('admin.queue.deleteWhy', { sender: plain(deleting.sender) || '<>', recipients: deleting.recipients.map((r) => plain(r.address)).join(', ') })}</p>
          <footer className="dialog-foot">
            <Button onPress={() => setDeleting(null)}>{t('ui.cancel')}</Button>
            <Button
              kind="danger"
              onPress={() => {
                setDeleting(null)
                void run(() => api.send('DELETE', adminPath('queue', deleting.id)), t('admin.queue.deleteDone', { id: deleting.id }))
              }}
            >
              {t('admin.queue.deleteNow')}
            </Button>
          </footer>
        </Dialog>
      )}
    </>
  )
}

function Recipients({ message }: { message: Queued }) {
  const t = useText()
  const [first, ...others] = message.recipients
  return (
    <span title={message.recipients.map((r) => plain(r.address)).join('\n')}>
      <AddressText of={first?.address} />
      {others.length > 0 && <span className="quiet"> {t('admin.andOthers', { count: others.length })}</span>}
    </span>
  )
}

function State({ message }: { message: Queued }) {
  const t = useText()
  const format = useFormat()
  const first = message.recipients.find((r) => r.state === 'waiting') ?? message.recipients[0]
  if (message.hold) return <strong>{t('admin.onHold')}</strong>
  if (message.held_until) return <>{t('admin.heldUntil', { date: format.full(message.held_until) })}</>
  const state = first && ['waiting', 'delivered', 'failed'].includes(first.state) ? t(`admin.state.${first.state}` as MessageId) : ''
  return (
    <>
      {state}
      {first && first.attempts > 0 && <span className="quiet"> · {t('admin.tries', { count: first.attempts })}</span>}
      {first?.reply && (
        <span className="quiet reply">
          <bdi>{plain(first.reply)}</bdi>
        </span>
      )}
    </>
  )
}
