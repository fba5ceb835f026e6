import { useEffect, useRef, useState } from 'react'
import { useText } from '../i18n/text.ts'
import { failureText } from '../mail/actions.ts'
import { useStore } from '../store/hooks.ts'
import { Blank } from '../ui/Blank.tsx'
import { Button, IconButton } from '../ui/Button.tsx'
import { giveBack } from '../ui/focus.ts'
import { useFormat } from '../ui/format.ts'
import { begin, type Begun } from './begin.ts'
import './compose.css'
import { ComposeForm } from './ComposeForm.tsx'
import type { EarlyKeys } from './early.ts'
import { useGivingWay } from './giveWay.ts'
import type { Wish } from './write.ts'

interface Props {
  wish: Wish
  early: EarlyKeys
  onClose: () => void
}

/** The window that a message is written in: below the mail, or all of a phone. */
export default function Composer({ wish, early, onClose }: Props) {
  const t = useText()
  const store = useStore()
  const format = useFormat()
  const [begun, setBegun] = useState<Begun | null>(null)
  const [fault, setFault] = useState<unknown>(null)
  const [attempt, setAttempt] = useState(0)
  const came = useRef(document.activeElement)
  const window = useRef<HTMLElement>(null)
  useGivingWay(window)

  useEffect(() => {
    let over = false
    setFault(null)
    begin(store, wish, t, format).then((done) => !over && setBegun(done), (error: unknown) => !over && setFault(error))
    return () => {
      over = true
    }
    // A wish is begun once, whatever language is chosen meanwhile.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [store, wish, attempt])

  useEffect(() => {
    if (fault !== null) early.end()
  }, [fault, early])

  const close = () => {
    early.end()
    onClose()
    requestAnimationFrame(() => giveBack(came.current))
  }

  return (
    <section ref={window} className="composer" aria-label={t('compose.new')} onKeyDown={(event) => event.stopPropagation()}>
      {begun ? (
        <ComposeForm begun={begun} early={early} answers={wish.kind === 'reply' || wish.kind === 'replyAll'} onClose={close} />
      ) : (
        <>
          <header className="composer-head">
            <h2>{t('compose.new')}</h2>
            <IconButton icon="close" label={t('ui.close')} onPress={close} />
          </header>
          {fault === null ? (
            <Blank icon="draft" title={t('ui.loading')} />
          ) : (
            <Blank icon="junk" title={t('compose.failed')}>
              <p>{failureText(fault, t)}</p>
              <Button kind="line" onPress={() => setAttempt(attempt + 1)}>
                {t('ui.again')}
              </Button>
            </Blank>
          )}
        </>
      )}
    </section>
  )
}
