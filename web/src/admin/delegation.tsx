import { useState } from 'react'
import { useText } from '../i18n/text.ts'
import { Choose, Field } from '../ui/fields.tsx'
import { EntryPicker } from './EntryPicker.tsx'
import type { DisplayedSender } from './wire.ts'
import { letterWords, roles } from './words.ts'

/** What somebody is to have on a mailbox, while it is being chosen. */
export interface Delegation {
  grantee: string
  /** A role, or letters that are none of them. */
  rights: string
  send: 'no' | 'sendAs' | 'sendOnBehalfOf'
  displayed: DisplayedSender
  /** The last day, YYYY-MM-DD; '' for no end. */
  until: string
}

export const freshDelegation: Delegation = { grantee: '', rights: 'manager', send: 'sendAs', displayed: 'inherit', until: '' }

const sends = ['no', 'sendAs', 'sendOnBehalfOf'] as const
export const displays = ['inherit', 'hide', 'show'] as const

/** As the admin API takes it. A day ends with the person's own midnight. */
export function delegationBody(d: Delegation): Record<string, unknown> {
  return {
    grantee: d.grantee.trim(),
    ...(d.rights !== 'none' && { rights: d.rights }),
    ...(d.send !== 'no' && { send: d.send, displayed_sender: d.displayed }),
    ...(d.until && { until: new Date(`${d.until}T23:59:59`).toISOString() }),
  }
}

interface Props {
  value: Delegation
  onChange: (value: Delegation) => void
  /** Who it is for cannot be another. */
  fixed?: boolean
  /** Of one folder: nothing about sending. */
  folder?: boolean
  autoFocus?: boolean
}

/** Who, which rights, sending, whether recipients see it, until when. */
export function DelegationFields({ value, onChange, fixed, folder, autoFocus }: Props) {
  const t = useText()
  const [custom] = useState((roles as readonly string[]).includes(value.rights) ? '' : value.rights)
  const set = (change: Partial<Delegation>) => onChange({ ...value, ...change })
  return (
    <div className="delegation">
      {!fixed && (
        <EntryPicker label={t('admin.who')} of="both" value={value.grantee} onChange={(grantee) => set({ grantee })} isRequired autoFocus={autoFocus} />
      )}
      <Choose
        label={t('admin.rights')}
        value={value.rights}
        options={[...roles.filter((r) => r !== 'none' || !folder).map((id) => ({ id: id as string, text: t(`admin.role.${id}`), hint: t(`admin.role.${id}.why`) })), ...(custom ? [{ id: custom, text: t('admin.role.custom', { letters: letterWords(t, custom) }) }] : [])]}
        onChange={(rights) => set({ rights })}
      />
      {!folder && (
        <Choose label={t('admin.send')} value={value.send} options={sends.map((id) => ({ id, text: t(`admin.send.${id}`), hint: t(`admin.send.${id}.why`) }))} onChange={(send) => set({ send })} />
      )}
      {!folder && value.send !== 'no' && (
        <Choose label={t('admin.displayed')} value={value.displayed} options={displays.map((id) => ({ id, text: t(`admin.displayed.${id}`), hint: t(`admin.displayed.${id}.why`) }))} onChange={(displayed) => set({ displayed })} />
      )}
      <Field label={t('admin.until')} type="date" value={value.until} onChange={(until) => set({ until })} />
    </div>
  )
}
