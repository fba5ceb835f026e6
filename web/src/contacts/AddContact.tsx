import { type FormEvent, useId, useState } from 'react'
import { parseRecipients } from '../compose/recipients.ts'
import { useText } from '../i18n/text.ts'
import { Button } from '../ui/Button.tsx'
import { refusalOf } from '../ui/refusal.ts'
import { AddressInput } from './AddressInput.tsx'

interface Props {
  label: string
  /** What adding does, in a sentence. */
  hint?: string
  /** Who is there already. */
  without: readonly string[]
  /** Adds them, all or none; what is thrown is why not. */
  onAdd: (addresses: readonly string[]) => Promise<void>
}

/** Adds people by name or address; several at once, with commas, too. */
export function AddContact({ label, hint, without, onAdd }: Props) {
  const t = useText()
  const id = useId()
  const [typed, setTyped] = useState('')
  const [fault, setFault] = useState('')
  const [busy, setBusy] = useState(false)
  const add = async (addresses: readonly string[]) => {
    if (busy || addresses.length === 0) return
    setBusy(true)
    setFault('')
    try {
      await onAdd(addresses)
      setTyped((now) => (now === typed ? '' : now)) // the next one may be typed already
    } catch (error) {
      setFault(refusalOf(error, t))
    } finally {
      setBusy(false)
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void add(parseRecipients(typed).map(({ email }) => email))
  }
  return (
    <form className="contact-add field" onSubmit={submit}>
      <label htmlFor={id}>{label}</label>
      <div>
        <AddressInput
          id={id}
          value={typed}
          placeholder={t('contacts.addExample')}
          aria-invalid={fault !== '' || undefined}
          aria-describedby={fault ? `${id}-fault` : hint ? `${id}-hint` : undefined}
          without={without}
          onChange={(text) => (setTyped(text), setFault(''))}
          onChoose={({ email }) => void add([email])}
        />
        <Button type="submit" kind="line" isDisabled={busy || typed.trim() === ''}>
          {t('contacts.add')}
        </Button>
      </div>
      {fault ? (
        <p id={`${id}-fault`} slot="errorMessage" role="alert">
          {fault}
        </p>
      ) : (
        hint && (
          <p id={`${id}-hint`} slot="description">
            {hint}
          </p>
        )
      )}
    </form>
  )
}
