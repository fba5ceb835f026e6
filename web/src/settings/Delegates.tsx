import { type FormEvent, useCallback, useState } from 'react'
import { type Identity, loadIdentities, seen, senderOf } from '../compose/identity.ts'
import { formatRecipient } from '../compose/recipients.ts'
import { useText } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { plain } from '../mail/person.ts'
import { granteeName, untilText } from '../sharing/GrantRow.tsx'
import { PartyMark, PersonField } from '../sharing/PersonField.tsx'
import { homeOf, loadPrincipals, ownerOf, type Party, partyArgs, partyName, type Principal, setOne } from '../sharing/share.ts'
import { useStore } from '../store/hooks.ts'
import type { Store } from '../store/store.ts'
import { giveBack } from '../ui/focus.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { dayOf, endOf } from '../ui/day.ts'
import { Field, Radios } from '../ui/fields.tsx'
import { useFormat } from '../ui/format.ts'
import { LoadedBlank } from '../ui/LoadedBlank.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { refusalOf } from '../ui/refusal.ts'
import { tell, tellFailure } from '../ui/toast.tsx'
import { useLoaded } from '../ui/useLoaded.ts'
import type { SettingsProps } from './pages.ts'
import './settings.css'

/** Who may send for this person: a type of urn:x-postroom:shared-mailbox. */
interface SendRight {
  id: Id
  principalId: Id | null
  grantee: string
  right: 'sendAs' | 'sendOnBehalfOf'
  isDenied: boolean
  displayedSender: 'inherit' | 'hide' | 'show'
  since: string
  until: string | null
}

interface State {
  rights: SendRight[]
  principals: Map<Id, Principal>
  /** The addresses of others that this person may send from. */
  others: Identity[]
}

async function load(store: Store): Promise<State> {
  const home = homeOf(store)
  const identities = loadIdentities(store, home)
  const { list } = await store.client.call<{ list: SendRight[] }>('SendRight/get', { accountId: home, ids: null })
  return { rights: list, principals: await loadPrincipals(store, list.flatMap((r) => r.principalId ?? [])), others: (await identities).filter((i) => i.targetAccountId !== home) }
}

/** Who may send as this person or on their behalf, and for whom they may. */
export default function Delegates({ person }: SettingsProps) {
  const t = useText()
  const store = useStore()
  const format = useFormat()
  const read = useCallback(() => load(store), [store])
  const loaded = useLoaded(read)
  const { value } = loaded
  if (!value) {
    return (
      <>
        <PageHead title={t('settings.delegates')} />
        <LoadedBlank of={loaded} />
      </>
    )
  }
  const revoke = async (right: SendRight, name: string) => {
    try {
      await setOne(store, 'SendRight', homeOf(store), { destroy: [right.id] })
      tell(t('settings.delegateGone', { name }))
    } catch (error) {
      tellFailure(refusalOf(error, t))
    }
    await loaded.reload()
    if (document.activeElement === document.body) giveBack(null)
  }
  return (
    <>
      <PageHead title={t('settings.delegates')}>{t('settings.delegatesWhy')}</PageHead>
      <section className="page-section" aria-labelledby="delegates-mine">
        <h3 id="delegates-mine">{t('settings.mayForMe')}</h3>
        {value.rights.length === 0 && <p className="quiet">{t('settings.mayForMeNobody')}</p>}
        {value.rights.length > 0 && (
          <ul className="share-list">
            {value.rights.map((right) => {
              const name = granteeName(right, value.principals, t)
              const principal = right.principalId ? value.principals.get(right.principalId) : undefined
              return (
                <li key={right.id} className="party">
                  <PartyMark name={name} principal={principal} />
                  <div className="party-words">
                    <p className="party-name">
                      <bdi className="cut">{name}</bdi>
                      {principal?.email && <span className="quiet cut">{plain(principal.email)}</span>}
                    </p>
                    <p className="quiet">{[right.isDenied ? t('settings.mayNotSend') : t(`settings.may.${right.right}`), untilText(right.until, t, format)].filter(Boolean).join(' · ')}</p>
                  </div>
                  <IconButton icon="trash" label={t('settings.delegateRemove', { name })} onPress={() => void revoke(right, name)} />
                </li>
              )
            })}
          </ul>
        )}
        <DelegateForm person={person} onDone={(text) => (tell(text), void loaded.reload())} />
      </section>
      <section className="page-section" aria-labelledby="delegates-others">
        <h3 id="delegates-others">{t('settings.mayForOthers')}</h3>
        {value.others.length === 0 ? (
          <p className="quiet">{t('settings.mayForOthersNone')}</p>
        ) : (
          <ul className="share-list">
            {value.others.map((identity) => {
              const names = seen(senderOf(identity))
              const from = plain(formatRecipient(senderOf(identity).from))
              return (
                <li key={identity.id} className="party">
                  <div className="party-words">
                    <p className="party-name">
                      <bdi className="cut">{plain(identity.email)}</bdi>
                    </p>
                    <p className="quiet">{t('compose.see', { from: names.behalf ? t('compose.behalf', { behalf: plain(names.behalf), from }) : from })}</p>
                  </div>
                </li>
              )
            })}
          </ul>
        )}
      </section>
    </>
  )
}

/** Who, in which way, until when. */
function DelegateForm({ person, onDone }: SettingsProps & { onDone: (text: string) => void }) {
  const t = useText()
  const store = useStore()
  const home = homeOf(store)
  const [party, setParty] = useState<Party | null>(null)
  const [right, setRight] = useState<SendRight['right']>('sendOnBehalfOf')
  const [until, setUntil] = useState('')
  const [today] = useState(() => dayOf(new Date().toISOString()))
  const [fault, setFault] = useState<{ where: 'who' | 'whole'; text: string } | null>(null)
  const [busy, setBusy] = useState(false)
  const [turn, setTurn] = useState(0)
  const name = party ? plain(partyName(party, t('sharing.everybody'))) : ''
  const me = plain(formatRecipient({ name: person.name || null, email: person.address }))

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy) return
    if (!party) return setFault({ where: 'who', text: t('sharing.sayWho') })
    setBusy(true)
    try {
      await setOne(store, 'SendRight', home, { create: { ...partyArgs(party), right, until: endOf(until) } })
      setParty(null)
      setUntil('')
      setTurn(turn + 1)
      setFault(null)
      onDone(t('settings.delegateMade', { name }))
    } catch (error) {
      const properties = (error as { properties?: readonly string[] }).properties ?? []
      setFault({ where: properties.some((p) => p === 'principalId' || p === 'grantee') ? 'who' : 'whole', text: refusalOf(error, t) })
    } finally {
      setBusy(false)
    }
  }

  return (
    <form noValidate className="identity-form" aria-label={t('settings.delegateAdd')} onSubmit={(event) => void submit(event)}>
      <PersonField key={turn} label={t('sharing.who')} party={party} without={ownerOf(store, home)} fault={fault?.where === 'who' ? fault.text : ''} onChange={(next) => (setParty(next), setFault(null))} />
      <Radios
        label={t('settings.way')}
        value={right}
        options={[
          { id: 'sendOnBehalfOf', text: t('settings.may.sendOnBehalfOf'), hint: t('compose.see', { from: t('compose.behalf', { behalf: name || t('settings.delegate'), from: me }) }) },
          { id: 'sendAs', text: t('settings.may.sendAs'), hint: t('settings.asMeWhy', { from: me }) },
        ]}
        onChange={setRight}
      />
      <div className="page-narrow">
        <Field label={t('sharing.untilWhen')} type="date" value={until} min={today} onChange={setUntil} />
      </div>
      {fault?.where === 'whole' && (
        <p className="refusal" role="alert">
          {fault.text}
        </p>
      )}
      <footer className="page-actions">
        <Button kind="main" type="submit" aria-busy={busy}>
          {t('settings.delegateAdd')}
        </Button>
      </footer>
    </form>
  )
}
