import { useRef, useState } from 'react'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { adminPath, useApi } from '../session/api.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { tell } from '../ui/toast.tsx'
import { reason } from './load.ts'
import type { Account } from './wire.ts'

interface Props {
  accounts: readonly Account[]
  to: 'on' | 'off'
  onClose: () => void
  onDone: () => void
}

/** Turns the sign-in of several accounts on or off, one after the other; what is refused is told for each. */
export function SwitchMany({ accounts, to, onClose, onDone }: Props) {
  const t = useText()
  const api = useApi()
  const [at, setAt] = useState<number | null>(null)
  const [refused, setRefused] = useState<readonly { address: string; why: string }[] | null>(null)
  const stopped = useRef(false)
  const run = async () => {
    const faults: { address: string; why: string }[] = []
    let done = 0
    for (const [i, account] of accounts.entries()) {
      if (stopped.current) break
      setAt(i)
      try {
        await api.send('PATCH', adminPath('accounts', account.uuid), { login: to === 'on' })
        done++
      } catch (error) {
        faults.push({ address: account.address, why: reason(error, t) })
      }
    }
    if (done > 0) tell(t('admin.switchedMany', { count: done }))
    if (stopped.current) return
    if (faults.length === 0) return onDone()
    setAt(null)
    setRefused(faults)
  }
  const close = () => {
    stopped.current = true
    if (at !== null || refused) onDone()
    else onClose()
  }
  return (
    <Dialog title={t(to === 'off' ? 'admin.turnOffManyOf' : 'admin.turnOnManyOf', { count: accounts.length })} onClose={close}>
      {refused ? (
        <div role="alert" className="refused">
          <p>{t('admin.refusedMany', { count: refused.length })}</p>
          <ul>
            {refused.map((r) => (
              <li key={r.address}>
                <bdi>{plain(r.address)}</bdi> <span className="quiet">{r.why}</span>
              </li>
            ))}
          </ul>
        </div>
      ) : (
        <>
          <p>{t(to === 'off' ? 'admin.turnOffWhy' : 'admin.turnOnWhy')}</p>
          <p className="quiet" aria-live="polite">
            {at === null ? accounts.slice(0, 5).map((a) => plain(a.address)).join(', ') + (accounts.length > 5 ? ' …' : '') : t('admin.switchingMany', { number: at + 1, count: accounts.length })}
          </p>
        </>
      )}
      <footer className="dialog-foot">
        <Button onPress={close}>{t(refused ? 'ui.close' : 'ui.cancel')}</Button>
        {!refused && (
          <Button kind={to === 'off' ? 'danger' : 'main'} isDisabled={at !== null} onPress={() => void run()}>
            {t(to === 'off' ? 'admin.turnOff' : 'admin.turnOn')}
          </Button>
        )}
      </footer>
    </Dialog>
  )
}
