import { useLingui } from '@lingui/react'
import { type FormEvent, useEffect, useState } from 'react'
import { useText } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { plain } from '../mail/person.ts'
import { useStore } from '../store/hooks.ts'
import { Button } from '../ui/Button.tsx'
import { dayOf, endOf, lastDayOf } from '../ui/day.ts'
import { Choose, Field, Tick } from '../ui/fields.tsx'
import { useFormat } from '../ui/format.ts'
import { refusalOf } from '../ui/refusal.ts'
import { granteeName } from './GrantRow.tsx'
import { PersonField } from './PersonField.tsx'
import { clauseOf, describeRole, type Grant, isRole, ownerOf, type Party, partyArgs, partyName, type Principal, type Role, roles, setOne } from './share.ts'

interface Props {
  account: Id
  mailbox: Id | null
  /** What is shared, by its name. */
  what: string
  /** The grant that is changed; without one, a new one is made. */
  grant?: Grant
  principal?: Principal | undefined
  onDone: (text: string) => void
  onCancel: () => void
}

/** What the role field stands at: a role, or the rights as they are. */
type Choice = Role | 'custom'

/** Who, as what, until when: and in a sentence what that means, before it is given. */
export function ShareForm({ account, mailbox, what, grant, principal, onDone, onCancel }: Props) {
  const t = useText()
  const store = useStore()
  const format = useFormat()
  const [party, setParty] = useState<Party | null>(null)
  const [role, setRole] = useState<Choice>(grant?.role ?? 'viewer')
  const [until, setUntil] = useState(() => lastDayOf(grant?.until))
  const [today] = useState(() => dayOf(new Date().toISOString()))
  const [atOnce, setAtOnce] = useState(grant ? grant.mode === 'automount' : mailbox === null)
  const [fault, setFault] = useState<{ where: 'who' | 'until' | 'whole'; text: string } | null>(null)
  const [busy, setBusy] = useState(false)
  const [turn, setTurn] = useState(0)
  const everybody = t('sharing.everybody')
  const name = grant ? granteeName(grant, new Map(principal ? [[principal.id, principal]] : []), t) : party ? plain(partyName(party, everybody)) : ''
  const isGroup = (party && 'principal' in party ? party.principal : principal)?.type === 'group'
  const clause = useClause(account, role, grant)
  const end = until === lastDayOf(grant?.until) ? (grant?.until ?? null) : endOf(until)

  const sentences = [
    role === 'none'
      ? t('sharing.willNot', { name: name || t('sharing.they'), what })
      : clause && t(isGroup ? 'sharing.willAll' : name ? 'sharing.will' : 'sharing.willThey', { name, clause }),
    role !== 'none' && t(mailbox ? 'sharing.below' : 'sharing.everything'),
    end ? t('sharing.endsWith', { date: format.day(new Date(new Date(end).getTime() - 1).toISOString()) }) : t('sharing.endsNever'),
    role !== 'none' && t(atOnce ? 'sharing.comesAtOnce' : 'sharing.isAsked'),
  ].filter(Boolean)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy) return
    if (!grant && !party) return setFault({ where: 'who', text: t('sharing.sayWho') })
    setBusy(true)
    const values = { ...(role !== 'custom' && { role }), until: end, mode: atOnce ? 'automount' : 'offer' }
    try {
      if (grant) await setOne(store, 'Grant', account, { update: { [grant.id]: values } })
      else await setOne(store, 'Grant', account, { create: { ...values, mailboxId: mailbox, ...partyArgs(party!) } })
      setParty(null)
      setTurn(turn + 1)
      setFault(null)
      onDone(t(grant ? 'sharing.changed' : role === 'none' ? 'sharing.closed' : 'sharing.shared', { name, what }))
    } catch (error) {
      const properties = (error as { properties?: readonly string[] }).properties ?? []
      const where = properties.some((p) => p === 'principalId' || p === 'grantee') ? 'who' : properties.includes('until') ? 'until' : 'whole'
      setFault({ where, text: refusalOf(error, t) })
    } finally {
      setBusy(false)
    }
  }

  const options = [...(role === 'custom' || grant?.role === 'custom' ? (['custom'] as const) : []), ...roles].map((id) => ({ id, text: t(`sharing.role.${id}`), hint: t(`sharing.roleWhy.${id}`) }))
  return (
    <form noValidate className="share-form" data-changing={grant ? true : undefined} onSubmit={(event) => void submit(event)}>
      {!grant && (
        <PersonField
          key={turn}
          label={t('sharing.who')}
          party={party}
          without={ownerOf(store, account)}
          fault={fault?.where === 'who' ? fault.text : ''}
          autoFocus
          onChange={(next) => (setParty(next), setFault(null))}
        />
      )}
      <Choose label={t('sharing.role')} value={role} options={options} onChange={setRole} />
      <Field label={t('sharing.untilWhen')} type="date" value={until} fault={fault?.where === 'until' ? fault.text : ''} onChange={(day) => (setUntil(day), setFault(null))} min={today} />
      {role !== 'none' && (
        <Tick isSelected={atOnce} onChange={setAtOnce}>
          {t('sharing.atOnce')}
        </Tick>
      )}
      <p className="share-sentence" role="status">
        {sentences.join(' ')}
      </p>
      {fault?.where === 'whole' && (
        <p className="refusal" role="alert">
          {fault.text}
        </p>
      )}
      <footer className="dialog-foot">
        <Button onPress={onCancel}>{t(grant ? 'ui.cancel' : 'ui.close')}</Button>
        <Button kind="main" type="submit" aria-busy={busy}>
          {t(grant ? 'ui.save' : role === 'none' ? 'sharing.close' : 'sharing.share')}
        </Button>
      </footer>
    </form>
  )
}

/** What the server says of a role, as the end of a sentence; '' until it has. */
function useClause(account: Id, role: Choice, grant: Grant | undefined): string {
  const store = useStore()
  const { i18n } = useLingui()
  const own = role === 'custom' ? clauseOf(grant?.summary ?? '', i18n.locale) : ''
  const [told, setTold] = useState<{ role: Choice; clause: string } | null>(null)
  useEffect(() => {
    if (!isRole(role)) return
    let over = false
    describeRole(store, account, role, i18n.locale).then(
      (clause) => !over && setTold({ role, clause }),
      () => {}, // what it means is told when it can be; giving it does not need it
    )
    return () => {
      over = true
    }
  }, [store, account, role, i18n.locale])
  return own || (told?.role === role ? told.clause : '')
}
