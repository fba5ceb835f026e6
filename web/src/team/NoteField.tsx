import { type KeyboardEvent, type RefObject, useEffect, useId, useState } from 'react'
import { flushSync } from 'react-dom'
import { useFilter } from 'react-aria-components'
import { useText } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { plain } from '../mail/person.ts'
import { Face, nameOf } from './Face.tsx'
import { useTeam } from './hooks.ts'
import { candidates, handle, typedMention } from './mention.ts'
import type { Person } from './work.ts'

interface Props {
  account: Id
  thread: Id
  field: RefObject<HTMLTextAreaElement | null>
  text: string
  onChange: (text: string) => void
  onSubmit: () => void
  /** Escape, with nothing offered. */
  onLeave: () => void
  /** Those who can be mentioned, once they are known. */
  onPeople: (people: readonly Person[]) => void
}

/**
 * The text of a note: an @ offers the colleagues, in a list that is walked while the cursor stays in the text (`aria-activedescendant`). The field
 * remains a text box: one of several lines cannot be a combobox (ARIA in HTML).
 */
export function NoteField({ account, thread, field, text, onChange, onSubmit, onLeave, onPeople }: Props) {
  const t = useText()
  const team = useTeam()
  const { contains } = useFilter({ sensitivity: 'base' })
  const id = useId()
  const [people, setPeople] = useState<readonly Person[]>([])
  const [cursor, setCursor] = useState(0)
  const [active, setActive] = useState(0)
  const [dismissed, setDismissed] = useState('')
  const typed = typedMention(text, cursor)
  const offers = typed && dismissed !== `${typed.from}` ? candidates(people, typed.word, contains) : []
  const at = Math.min(active, offers.length - 1)

  const load = () => {
    if (people.length > 0) return
    team.colleagues(account, thread).then(
      (list) => {
        setPeople(list)
        onPeople(list)
      },
      () => {},
    )
  }
  useEffect(() => setActive(0), [typed?.word])

  const choose = (person: Person) => {
    if (!typed) return
    const word = `${handle(person)} `
    const after = text.slice(cursor).replace(/^ /, '')
    const end = typed.from + word.length
    // The cursor is moved before the next key: what is typed on comes behind the name.
    flushSync(() => {
      onChange(text.slice(0, typed.from) + word + after)
      setCursor(end)
      setDismissed(`${typed.from}`)
    })
    if (field.current === document.activeElement) field.current?.setSelectionRange(end, end)
  }
  const keys = (event: KeyboardEvent) => {
    const offered = offers[at]
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      onSubmit()
    } else if (offered && (event.key === 'Enter' || event.key === 'Tab')) {
      event.preventDefault()
      choose(offered)
    } else if (offered && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault()
      setActive((at + (event.key === 'ArrowDown' ? 1 : -1) + offers.length) % offers.length)
    } else if (offered && (event.key === 'Home' || event.key === 'End')) {
      event.preventDefault()
      setActive(event.key === 'Home' ? 0 : offers.length - 1)
    } else if (event.key === 'Escape') {
      event.stopPropagation()
      if (typed && offered) setDismissed(`${typed.from}`)
      else onLeave()
    }
  }
  return (
    <div className="note-field">
      <textarea
        dir="auto"
        ref={field}
        aria-label={t('team.noteText')}
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls={offers.length > 0 ? id : undefined}
        aria-activedescendant={offers.length > 0 ? `${id}-${at}` : undefined}
        placeholder={t('team.notePlaceholder')}
        rows={3}
        maxLength={8000}
        value={text}
        onFocus={load}
        onChange={(event) => {
          onChange(event.target.value)
          setCursor(event.target.selectionStart)
          setDismissed('')
        }}
        onSelect={(event) => setCursor(event.currentTarget.selectionStart)}
        onKeyDown={keys}
      />
      {offers.length > 0 && (
        <div className="note-offers" id={id} role="listbox" aria-label={t('team.mention')}>
          {offers.map((person, i) => (
            <div key={person.email} id={`${id}-${i}`} className="note-offer" role="option" aria-selected={i === at} onMouseDown={(event) => (event.preventDefault(), choose(person))}>
              <Face person={person} />
              <bdi className="cut">{nameOf(person)}</bdi>
              <bdi className="quiet cut">{plain(person.email)}</bdi>
            </div>
          ))}
        </div>
      )}
      <span className="unseen" role="status">
        {offers.length > 0 ? t('team.offers', { count: offers.length, name: nameOf(offers[at]!) }) : ''}
      </span>
    </div>
  )
}
