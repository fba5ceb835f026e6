import { type ClipboardEvent, type KeyboardEvent, type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react'
import { useText } from '../i18n/text.ts'
import type { Address } from '../jmap/types.ts'
import { AddressInput } from '../contacts/AddressInput.tsx'
import { nameOf, plain } from '../mail/person.ts'
import { Icon } from '../ui/Icon.tsx'
import type { EarlyKeys } from './early.ts'
import { formatRecipient, isAddress, parseRecipients, without } from './recipients.ts'

interface Props {
  name: 'to' | 'cc' | 'bcc'
  label: string
  people: readonly Address[]
  fault: string
  /** The message is begun here, with what was typed before. */
  early?: EarlyKeys
  /** It takes the focus when it comes: the button that it was asked for with goes. */
  focused?: boolean
  onChange: (people: readonly Address[]) => void
  children?: ReactNode
}

/** Addresses as chips, and a field for more: a comma, Enter or leaving it takes what is typed. */
export function RecipientsField({ name, label, people, fault, early, focused, onChange, children }: Props) {
  const t = useText()
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState('')
  const bad = people.filter((p) => !isAddress(p.email))
  const words = bad.length > 0 ? t('compose.addressBad', { addresses: bad.map((p) => plain(p.email)).join(', ') }) : fault

  useLayoutEffect(() => {
    if (focused) input.current?.focus()
    // Only when it comes.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [])

  // Before the next key can come, which would else go elsewhere or take the place of these.
  useLayoutEffect(() => {
    if (!early) return
    input.current?.focus()
    setTyped((before) => before + early.take().replaceAll('\n', ' '))
  }, [early])

  const take = (text: string) => {
    setTyped('')
    const found = parseRecipients(text)
    if (found.length > 0) onChange(without([...people, ...found], []))
  }
  const remove = (person: Address) => {
    onChange(people.filter((p) => p !== person))
    input.current?.focus()
  }
  const keys = (event: KeyboardEvent<HTMLInputElement>) => {
    const complete = event.key === 'Enter' || event.key === ';' || (event.key === ',' && (typed.match(/"/g)?.length ?? 0) % 2 === 0)
    if (complete && !event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      take(typed)
    } else if (event.key === 'Backspace' && typed === '' && people.length > 0) {
      // The last one becomes text again, to be corrected.
      event.preventDefault()
      setTyped(formatRecipient(people.at(-1)!))
      onChange(people.slice(0, -1))
    }
  }
  const paste = (event: ClipboardEvent) => {
    const text = event.clipboardData.getData('text')
    if (!/[,;\n]/.test(text) || typed !== '') return
    event.preventDefault()
    take(text)
  }
  return (
    <div className="composer-row" data-field={name}>
      <label htmlFor={id}>{label}</label>
      <div className="composer-people">
        <ul aria-label={label}>
          {people.map((person) => (
            <li key={person.email} className="person" data-bad={!isAddress(person.email) || undefined} title={plain(formatRecipient(person))}>
              <bdi className="cut">{nameOf(person)}</bdi>
              <button type="button" aria-label={t('compose.remove', { name: nameOf(person) })} onClick={() => remove(person)}>
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
        <AddressInput
          inputRef={input}
          id={id}
          value={typed}
          aria-invalid={words !== '' || undefined}
          aria-describedby={words ? `${id}-fault` : undefined}
          without={people.map((p) => p.email)}
          onChange={setTyped}
          onChoose={({ name: known, email }) => {
            setTyped('')
            onChange(without([...people, { name: known, email }], []))
          }}
          onKey={keys}
          onPaste={paste}
          onBlur={() => take(typed)}
        />
        {children}
      </div>
      {words && (
        <p className="composer-fault" id={`${id}-fault`} role="alert">
          {words}
        </p>
      )}
    </div>
  )
}
