import { type InputHTMLAttributes, type KeyboardEvent, type Ref, useEffect, useId, useMemo, useState } from 'react'
import { useText } from '../i18n/text.ts'
import { nameOf, plain } from '../mail/person.ts'
import { useStore } from '../store/hooks.ts'
import { isAddress } from '../compose/recipients.ts'
import './contacts.css'
import { Mark } from './Mark.tsx'
import { fit, type Suggestion, suggesterOf } from './suggest.ts'

type Inherited = Pick<InputHTMLAttributes<HTMLInputElement>, 'id' | 'placeholder' | 'aria-invalid' | 'aria-describedby' | 'aria-labelledby' | 'aria-label' | 'onPaste' | 'onBlur'>

interface Props extends Inherited {
  value: string
  onChange: (text: string) => void
  /** One of those offered was taken. */
  onChoose: (chosen: Suggestion) => void
  /** Keys that no offer has taken. */
  onKey?: (event: KeyboardEvent<HTMLInputElement>) => void
  /** Addresses that are not offered. */
  without?: readonly string[]
  inputRef?: Ref<HTMLInputElement>
}

/** How long after the last key is looked for, in milliseconds. */
const pause = 120

/**
 * A field for an address, with offers of those it may be. Down and up go through
 * them, Enter and Tab take one, Escape puts them away.
 */
export function AddressInput({ value, onChange, onChoose, onKey, without = [], inputRef, onBlur, ...rest }: Props) {
  const t = useText()
  const id = useId()
  const [offers, close] = useOffers(value, without)
  const [at, setAt] = useState(0)
  const [focused, setFocused] = useState(false)
  const open = focused && offers.length > 0
  // A whole address is taken as it stands, unless another is gone to.
  const first = isAddress(value.trim()) ? -1 : 0
  useEffect(() => setAt(first), [offers, first])
  const active = open && at >= 0 ? offers[Math.min(at, offers.length - 1)] : undefined

  const choose = (one: Suggestion) => {
    close()
    onChoose(one)
  }
  const keys = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) return
    if (open) {
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault()
        const step = event.key === 'ArrowDown' ? 1 : -1
        return setAt((at + step + offers.length + (at < 0 && step < 0 ? 1 : 0)) % offers.length)
      }
      if (event.key === 'Escape') {
        event.preventDefault()
        return close()
      }
      if (active && !event.ctrlKey && !event.metaKey && !event.shiftKey && (event.key === 'Enter' || event.key === 'Tab')) {
        event.preventDefault()
        return choose(active)
      }
    }
    onKey?.(event)
  }
  return (
    <span className="address-input">
      <input
        {...rest}
        ref={inputRef}
        type="text"
        dir="auto"
        inputMode="email"
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={open}
        aria-controls={open ? `${id}-offers` : undefined}
        aria-activedescendant={active ? `${id}-${active.email}` : undefined}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={keys}
        onFocus={() => setFocused(true)}
        onBlur={(event) => {
          setFocused(false)
          onBlur?.(event)
        }}
      />
      {open && (
        <div className="address-offers" id={`${id}-offers`} role="listbox" aria-label={t('contacts.offers')} onMouseDown={(event) => event.preventDefault()}>
          {offers.map((one, i) => (
            <div
              key={one.email}
              id={`${id}-${one.email}`}
              role="option"
              aria-selected={one === active}
              className="address-offer"
              onMouseMove={() => setAt(i)}
              onClick={() => choose(one)}
              ref={(item) => void (one === active && item?.scrollIntoView({ block: 'nearest' }))}
            >
              <Mark name={nameOf(one)} email={one.email} kind={one.kind} />
              <bdi className="cut">{nameOf(one)}</bdi>
              {one.name && <bdi className="quiet cut">{plain(one.email)}</bdi>}
            </div>
          ))}
        </div>
      )}
      <span className="unseen" role="status">
        {open ? t('contacts.offered', { count: offers.length }) : ''}
      </span>
    </span>
  )
}

const none: readonly Suggestion[] = []

/** Who may be meant by what is typed; the function puts them away until something else is typed. */
function useOffers(typed: string, without: readonly string[]): [readonly Suggestion[], () => void] {
  const store = useStore()
  const [found, setFound] = useState<{ typed: string; list: readonly Suggestion[] }>({ typed: '', list: none })
  // For this they were put away: what is still being looked for does not bring them back.
  const [away, setAway] = useState<string | null>(null)
  if (away !== null && away !== typed) setAway(null)
  const key = without.join(' ').toLowerCase()
  useEffect(() => {
    if (typed.trim() === '') return setFound({ typed, list: none })
    let over = false
    const timer = setTimeout(() => {
      suggesterOf(store)
        .find(typed, new Set(key.split(' ')))
        .then((list) => !over && setFound({ typed, list }), () => !over && setFound({ typed, list: none }))
    }, pause)
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [store, typed, key])
  // While the next are looked for, those before stay that still fit.
  const list = useMemo(() => {
    if (away === typed) return none
    if (found.typed === typed) return found.list
    return found.typed !== '' && typed.startsWith(found.typed) ? found.list.filter((one) => fit(typed, one) > 0) : none
  }, [typed, found, away])
  return [list, () => setAway(typed)]
}
