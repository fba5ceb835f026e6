import { useEffect, useState } from 'react'
import { useText } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { useStore } from '../store/hooks.ts'
import { Button } from '../ui/Button.tsx'
import { useFormat } from '../ui/format.ts'
import { Icon } from '../ui/Icon.tsx'
import { tell, tellFailure } from '../ui/toast.tsx'
import { failureText } from '../mail/actions.ts'
import { pendingOf, type Pending, unsend } from './send.ts'
import { write } from './write.ts'

/** What is sent in less than a minute is on its way; how long a browser waits at most, in milliseconds. */
const [soon, longest] = [60_000, 2 ** 31 - 1]

/** Says of a message that was sent for later when it goes, and takes it back. */
export function Scheduled({ account, email }: { account: Id; email: Id }) {
  const t = useText()
  const format = useFormat()
  const store = useStore()
  const [pending, setPending] = useState<(Pending & { isSoon: boolean }) | null>(null)
  useEffect(() => {
    let over = false
    pendingOf(store, account, email).then((found) => !over && setPending(found && { ...found, isSoon: Date.parse(found.sendAt) - Date.now() < soon }), () => {})
    return () => {
      over = true
    }
  }, [store, account, email])
  // Once it has gone nothing can be taken back.
  useEffect(() => {
    if (!pending) return undefined
    const left = Date.parse(pending.sendAt) - Date.now()
    const timer = setTimeout(() => setPending(null), Math.min(Math.max(left, 0), longest))
    return () => clearTimeout(timer)
  }, [pending])
  if (!pending) return null
  const takeBack = async () => {
    try {
      const back = await unsend(store, { account, submission: pending.id, email })
      setPending(null)
      if (!back) return tellFailure(t('compose.tooLate'))
      tell(t('compose.takenBack'))
      write({ kind: 'draft', account, email })
    } catch (error) {
      tellFailure(failureText(error, t))
    }
    return undefined
  }
  return (
    <p className="scheduled">
      <Icon name="clock" />
      <span>{pending.isSoon ? t('compose.sending') : t('compose.laterSent', { date: format.full(pending.sendAt) })}</span>
      <Button kind="line" onPress={() => void takeBack()}>
        {t('compose.takeBack')}
      </Button>
    </p>
  )
}
