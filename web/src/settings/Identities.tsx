import { lazy, Suspense, type FormEvent, useCallback, useState } from 'react'
import { checkIdentity, groupIdentities, type Identity, loadIdentities, seen, senderOf } from '../compose/identity.ts'
import { formatRecipient, isAddress } from '../compose/recipients.ts'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { homeOf } from '../sharing/share.ts'
import { useAccounts, useStore } from '../store/hooks.ts'
import { Button } from '../ui/Button.tsx'
import { Choose, Field } from '../ui/fields.tsx'
import { LoadedBlank } from '../ui/LoadedBlank.tsx'
import { PageHead } from '../ui/PageHead.tsx'
import { refusalOf } from '../ui/refusal.ts'
import { wordedReason } from '../ui/worded.ts'
import { tell, tellFailure } from '../ui/toast.tsx'
import { useLoaded } from '../ui/useLoaded.ts'
import './settings.css'

const SignatureEditor = lazy(() => import('../compose/SignatureEditor.tsx'))

/** The names and addresses one may send from, each with its signature. */
export default function Identities() {
  const t = useText()
  const store = useStore()
  const accounts = useAccounts()
  const read = useCallback(() => loadIdentities(store, homeOf(store)), [store])
  const loaded = useLoaded(read)
  const [open, setOpen] = useState<string | null>(null)
  const { value } = loaded
  if (!value) {
    return (
      <>
        <PageHead title={t('settings.identities')} />
        <LoadedBlank of={loaded} />
      </>
    )
  }
  const groups = groupIdentities(value, new Map(accounts.map((a) => [a.id, plain(a.name)])), t('compose.otherAddresses'))
  const done = async (text: string) => {
    await loaded.reload()
    setOpen(null)
    tell(text)
  }
  const remove = async (identity: Identity) => {
    try {
      await store.client.set('Identity', { accountId: homeOf(store), destroy: [identity.id] })
      await done(t('settings.identityRemoved', { address: identity.email }))
    } catch (error) {
      tellFailure(refusalOf(error, t))
    }
  }
  return (
    <>
      <PageHead title={t('settings.identities')}>{t('settings.identitiesWhy')}</PageHead>
      {groups.map((group) => (
        <section key={group.title} className="page-section identity-group" aria-label={group.title}>
          <h3>
            <bdi>{group.title}</bdi>
          </h3>
          <ul className="identities">
            {group.identities.map((identity) => (
              <li key={identity.id}>
                {open === identity.id ? (
                  <IdentityForm identity={identity} identities={value} onDone={(text) => void done(text)} onCancel={() => setOpen(null)} onRemove={identity.isAutomatic ? undefined : () => void remove(identity)} />
                ) : (
                  <IdentityRow identity={identity} onChange={() => setOpen(identity.id)} />
                )}
              </li>
            ))}
          </ul>
        </section>
      ))}
      {open === 'new' ? (
        <IdentityForm identities={value} onDone={(text) => void done(text)} onCancel={() => setOpen(null)} />
      ) : (
        <div className="page-actions">
          <Button kind="line" onPress={() => setOpen('new')}>
            {t('settings.identityAdd')}
          </Button>
        </div>
      )}
    </>
  )
}

function IdentityRow({ identity, onChange }: { identity: Identity; onChange: () => void }) {
  const t = useText()
  const name = plain(formatRecipient(senderOf(identity).from))
  const who = seen(senderOf(identity)).behalf
  const lines = identity.textSignature.trim()
  return (
    <div className="identity">
      <div className="party-words">
        <p className="identity-name">
          <bdi>{name}</bdi>
        </p>
        {who && <p className="quiet">{t('compose.see', { from: t('compose.behalf', { behalf: plain(who), from: name }) })}</p>}
        {identity.replyTo && identity.replyTo.length > 0 && <p className="quiet">{t('settings.answersGo', { address: identity.replyTo.map((a) => plain(a.email)).join(', ') })}</p>}
        <p className="identity-signature quiet" dir="auto">
          {lines || t('settings.noSignature')}
        </p>
      </div>
      <Button kind="line" aria-label={t('settings.changeOf', { name })} onPress={onChange}>
        {t('settings.change')}
      </Button>
    </div>
  )
}

interface FormProps {
  /** The one that is changed; without one, a new one is made. */
  identity?: Identity
  identities: readonly Identity[]
  onDone: (text: string) => void
  onCancel: () => void
  onRemove?: (() => void) | undefined
}

function IdentityForm({ identity, identities, onDone, onCancel, onRemove }: FormProps) {
  const t = useText()
  const store = useStore()
  const addresses = [...new Set(identities.map((i) => i.email))]
  const [email, setEmail] = useState(identity?.email ?? addresses[0] ?? '')
  const [name, setName] = useState(identity?.name ?? '')
  const [answers, setAnswers] = useState((identity?.replyTo ?? []).map((a) => a.email).join(', '))
  const [signature, setSignature] = useState({ textSignature: identity?.textSignature ?? '', htmlSignature: identity?.htmlSignature ?? '' })
  const [fault, setFault] = useState<{ where: 'answers' | 'whole'; text: string } | null>(null)
  const [busy, setBusy] = useState(false)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy) return
    const to = answers.split(/[,;]/).map((address) => address.trim()).filter(Boolean)
    const bad = to.filter((address) => !isAddress(address))
    if (bad.length > 0) return setFault({ where: 'answers', text: t('compose.addressBad', { addresses: bad.join(', ') }) })
    setBusy(true)
    const home = homeOf(store)
    const values = { name: name.trim(), replyTo: to.length > 0 ? to.map((address) => ({ name: null, email: address })) : null, ...signature }
    try {
      // One that came with a right to send is not changed: one of one's own takes its place.
      if (identity && !identity.isAutomatic) await store.client.set('Identity', { accountId: home, update: { [identity.id]: values } })
      else {
        const checked = await checkIdentity(store, home, email)
        if (!checked.maySend) return setFault({ where: 'whole', text: t('compose.mayNot', { address: email, reason: wordedReason(checked.why, checked.reason ?? '') }) })
        await store.client.set('Identity', { accountId: home, create: { new: { ...values, email } } })
      }
      onDone(t('settings.identitySaved', { address: email }))
    } catch (error) {
      const properties = (error as { properties?: readonly string[] }).properties ?? []
      setFault({ where: properties.includes('replyTo') ? 'answers' : 'whole', text: refusalOf(error, t) })
    } finally {
      setBusy(false)
    }
  }

  return (
    <form noValidate className="identity-form" aria-label={identity ? t('settings.changeOf', { name: email }) : t('settings.identityAdd')} onSubmit={(event) => void submit(event)}>
      {identity ? (
        <p className="identity-name">
          <bdi>{plain(identity.email)}</bdi>
        </p>
      ) : (
        <Choose label={t('session.address')} value={email} options={addresses.map((id) => ({ id, text: id }))} onChange={setEmail} />
      )}
      <Field label={t('settings.identityName')} hint={t('settings.identityNameWhy')} value={name} onChange={setName} autoFocus />
      <Field label={t('settings.answersTo')} hint={t('settings.answersToWhy')} value={answers} fault={fault?.where === 'answers' ? fault.text : ''} onChange={(text) => (setAnswers(text), setFault(null))} />
      <Suspense fallback={<div className="signature-coming" />}>
        <SignatureEditor label={t('settings.signature')} identity={identity ?? signature} onChange={setSignature} />
      </Suspense>
      {fault?.where === 'whole' && (
        <p className="refusal" role="alert">
          {fault.text}
        </p>
      )}
      <footer className="page-actions">
        <Button kind="main" type="submit" aria-busy={busy}>
          {t('ui.save')}
        </Button>
        <Button onPress={onCancel}>{t('ui.cancel')}</Button>
        {onRemove && (
          <span className="page-actions-end">
            <Button onPress={onRemove}>{t('settings.identityRemove')}</Button>
          </span>
        )}
      </footer>
    </form>
  )
}
