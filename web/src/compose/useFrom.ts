import { useEffect, useRef, useState } from 'react'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { useStore } from '../store/hooks.ts'
import { wordedReason } from '../ui/worded.ts'
import type { Begun } from './begin.ts'
import { exchangeRichSignature, exchangeSignature } from './draft.ts'
import { checkIdentity, type Identity, seen, senderOf, signatureOf } from './identity.ts'
import { reasonOf } from './reason.ts'
import { linesOf, richOf } from './rich.ts'
import { formatRecipient, isAddress, parseRecipients, sameAddress } from './recipients.ts'

/** Whether one may send from what is in the field. */
export type FromState = { is: 'fine'; words: string } | { is: 'checking' } | { is: 'refused'; text: string }

export interface From {
  state: FromState
  /** What stands in the field. */
  typed: string
  type: (text: string) => void
  choose: (identity: Identity) => void
  /** Takes what was typed. */
  settle: () => void
}

/** Who a message is from: an identity, or an address that is typed. */
export function useFrom({ keeper, identities, home, keptIn }: Begun): From {
  const t = useText()
  const store = useStore()
  const turn = useRef(0)
  const words = (from: Parameters<typeof seen>[0]) => {
    const names = seen(from)
    return t('compose.see', { from: names.behalf ? t('compose.behalf', { behalf: plain(names.behalf), from: plain(names.from) }) : plain(names.from) })
  }
  const [typed, setTyped] = useState(() => formatRecipient(keeper.draft.from))
  const [state, setState] = useState<FromState>(() => {
    const identity = identities.find((i) => i.id === keeper.draft.identity)
    return identity ? { is: 'fine', words: words(senderOf(identity)) } : { is: 'refused', text: t('compose.fromNone') }
  })

  const choose = (identity: Identity) => {
    turn.current++
    const { draft } = keeper
    const sender = senderOf(identity)
    const signature = signatureOf(identity)
    setTyped(formatRecipient(sender.from))
    setState({ is: 'fine', words: words(sender) })
    if (identity.id === draft.identity && sameAddress(draft.from.email, identity.email)) return
    const html = (draft.html || signature.html) && exchangeRichSignature(draft.html || richOf(draft.text), draft.signature, signature, draft.quote)
    keeper.edit({
      account: keptIn(identity), identity: identity.id, from: sender.from, signature, replyTo: identity.replyTo ?? [], html,
      text: html ? linesOf(new DOMParser().parseFromString(html, 'text/html').body) : exchangeSignature(draft.text, draft.signature.text, signature.text, draft.quote),
    })
  }

  const check = async (from: ReturnType<typeof parseRecipients>[number]) => {
    const mine = ++turn.current
    setState({ is: 'checking' })
    try {
      const result = await checkIdentity(store, home, from.email)
      if (mine !== turn.current) return
      if (!result.maySend) {
        setState({ is: 'refused', text: t('compose.mayNot', { address: plain(from.email), reason: wordedReason(result.why, result.reason ?? '') }) })
        return
      }
      const sender = identities.find((i) => i.targetAccountId === home) ?? identities[0]
      keeper.edit({ account: home, identity: sender?.id ?? '', from })
      setState({ is: 'fine', words: words({ from, behalf: result.displayedSender }) })
    } catch (error) {
      if (mine === turn.current) setState({ is: 'refused', text: reasonOf(error, t) })
    }
  }

  const settle = () => {
    const from = parseRecipients(typed)[0]
    if (!from) {
      turn.current++
      setState({ is: 'refused', text: t('compose.fromNone') })
      return
    }
    const identity = identities.find((i) => sameAddress(i.email, from.email))
    if (identity) choose(identity)
    else if (!isAddress(from.email)) setState({ is: 'refused', text: t('compose.addressBad', { addresses: plain(from.email) }) })
    else void check(from)
  }

  // A draft of an address that is none of the identities: it is asked about once.
  useEffect(() => {
    if (state.is === 'refused' && keeper.draft.from.email) settle()
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [])
  return { state, typed, type: setTyped, choose, settle }
}
