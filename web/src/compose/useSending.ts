import { useRef, useState } from 'react'
import { useText } from '../i18n/text.ts'
import { failureText } from '../mail/actions.ts'
import { useStore } from '../store/hooks.ts'
import { useFormat } from '../ui/format.ts'
import { tell, tellFailure } from '../ui/toast.tsx'
import type { Begun } from './begin.ts'
import { isAddress } from './recipients.ts'
import { Refusal, send, type Sent, undoTime, unsend } from './send.ts'
import { write } from './write.ts'

/** What becomes of a message: sent, sent later, discarded, each with a way back. */
export function useSending({ keeper }: Begun, onClose: () => void) {
  const t = useText()
  const store = useStore()
  const format = useFormat()
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  // It is sent once: before it is asked for again, colleagues may be asked for a while.
  const begun = useRef(false)

  const takeBack = async (sent: Sent) => {
    try {
      if (!(await unsend(store, sent))) return tellFailure(t('compose.tooLate'))
      tell(t('compose.takenBack'))
      write({ kind: 'draft', account: sent.account, email: sent.email })
    } catch (error) {
      tellFailure(failureText(error, t))
    }
    return undefined
  }

  const sendIt = async (when: Date | null) => {
    const { to, cc, bcc } = keeper.draft
    const everybody = [...to, ...cc, ...bcc]
    setRefusal(null)
    if (everybody.length === 0) {
      setRefusal(new Refusal('to', 'noRecipients', ''))
      document.querySelector<HTMLElement>('.composer [data-field="to"] input')?.focus()
      return
    }
    if (!everybody.every((p) => isAddress(p.email))) {
      document.querySelector<HTMLElement>('.composer [aria-invalid] ')?.focus()
      return
    }
    if (begun.current) return
    begun.current = true
    setBusy(true)
    try {
      if (!(await keeper.save()) || !keeper.saved) {
        begun.current = false
        setRefusal(new Refusal('whole', 'notSaved', failureText(keeper.fault, t)))
        return
      }
      const sent = await send(store, keeper.draft, keeper.saved, keeper.draft.identity, when)
      keeper.end()
      onClose()
      tell(when ? t('compose.laterSent', { date: format.full(when.toISOString()) }) : t('compose.sent'), () => void takeBack(sent), undoTime * 1000)
    } catch (error) {
      begun.current = false
      setRefusal(error instanceof Refusal ? error : new Refusal('whole', 'failed', failureText(error, t)))
    } finally {
      setBusy(false)
    }
  }

  const discard = async () => {
    await keeper.stop()
    const { draft, saved } = keeper
    onClose()
    const trash = saved && store.table(saved.account, 'Mailbox').all().find((m) => m.role === 'trash')
    try {
      if (!saved || !trash) {
        if (saved) await store.set(saved.account, 'Email', { destroy: [saved.id] })
        tell(t('compose.discarded'), () => write({ kind: 'again', draft, saved: null }), undoTime * 1000)
        return
      }
      const undo = await store.change([{ account: saved.account, type: 'Email', update: { [saved.id]: { mailboxIds: { [trash.id]: true } } } }])
      const back = async () => {
        const drafts = store.table(saved.account, 'Mailbox').all().find((m) => m.role === 'drafts')
        const known = Object.keys(undo[0]?.update ?? {}).length > 0
        await store.change(known ? undo : [{ account: saved.account, type: 'Email', update: { [saved.id]: { mailboxIds: { [drafts!.id]: true } } } }])
        write({ kind: 'again', draft, saved })
      }
      tell(t('compose.discarded'), () => void back().catch((error: unknown) => tellFailure(failureText(error, t))), undoTime * 1000)
    } catch (error) {
      tellFailure(failureText(error, t))
    }
  }

  return { busy, refusal, clear: () => refusal && setRefusal(null), send: sendIt, discard }
}
