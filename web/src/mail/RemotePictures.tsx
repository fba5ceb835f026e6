import { useEffect, useState } from 'react'
import { useText } from '../i18n/text.ts'
import type { Email, Id } from '../jmap/types.ts'
import { useAccounts, useStore } from '../store/hooks.ts'
import { Button } from '../ui/Button.tsx'
import { Icon } from '../ui/Icon.tsx'
import { tellFailure } from '../ui/toast.tsx'
import { failureText } from './actions.ts'
import type { Clean } from './html.ts'
import { plain } from './person.ts'
import { isFromSender, offersRemote, showRemote, trustedSenders, trustSender } from './pictures.ts'

type Wish = 'ask' | 'once' | 'always'

/** What a message wants to show from elsewhere: why it is not there, and the ways to see it. */
export function RemotePictures({ account, email, clean }: { account: Id; email: Email; clean: Clean }) {
  const t = useText()
  const { client } = useStore()
  const home = useAccounts().find((a) => a.isPersonal)?.id
  const sender = email.from?.[0]?.email ?? ''
  const [wish, setWish] = useState<Wish>('ask')
  const [missing, setMissing] = useState(0)
  /** Whether it is the sender's, as far as that can be known; undefined until it is. */
  const [proven, setProven] = useState<boolean>()
  const [trusted, setTrusted] = useState(false)
  const offered = clean.remote.length > 0 && offersRemote(client)

  useEffect(() => {
    let over = false
    if (!offered || !home || !sender) return undefined
    Promise.all([trustedSenders(client, home), isFromSender(client, account, email, sender)]).then(
      ([senders, isTheirs]) => {
        if (over) return
        const isTrusted = senders.has(sender.toLowerCase())
        setTrusted(isTrusted)
        setProven(isTheirs)
        if (isTrusted && isTheirs) setWish('always')
      },
      () => {},
    )
    return () => {
      over = true
    }
  }, [client, home, sender, offered, account, email])

  const shown = offered && wish !== 'ask'
  useEffect(() => {
    setMissing(0)
    if (!shown) return undefined
    return showRemote(clean.remote, (url) => client.remoteImage(account, email.id, url), setMissing)
  }, [shown, clean, client, account, email.id])

  const trust = (next: 'always' | 'ask') => {
    if (!home) return
    // Taken off the list, what is on show now stays until it is left.
    setWish(next === 'always' ? 'always' : 'once')
    trustSender(client, home, sender, next).catch((error: unknown) => tellFailure(failureText(error, t)))
  }

  if (!shown) {
    return (
      <div className="body-blocked">
        <Icon name="image" />
        <p>
          {t('mail.blockedPictures', { count: clean.blocked })} {offered && trusted && proven === false && t('mail.picturesUnproven', { sender: plain(sender) })}
        </p>
        {offered && (
          <div className="body-blocked-acts">
            <Button kind="line" onPress={() => setWish('once')}>
              {t('mail.showPictures')}
            </Button>
            {home && sender && proven && (
              <Button kind="line" onPress={() => trust('always')}>
                <span className="cut">{t('mail.alwaysShowPictures', { sender: plain(sender) })}</span>
              </Button>
            )}
          </div>
        )}
      </div>
    )
  }
  if (missing === 0 && wish === 'once') return null
  return (
    <div className="body-blocked">
      <Icon name="image" />
      <p>
        {wish === 'always' && t('mail.picturesAlways', { sender: plain(sender) })} {missing > 0 && t('mail.picturesMissing', { count: missing })}
      </p>
      {wish === 'always' && (
        <div className="body-blocked-acts">
          <Button kind="line" onPress={() => trust('ask')}>{t('mail.picturesAsk')}</Button>
        </div>
      )}
    </div>
  )
}
