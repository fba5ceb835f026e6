import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react'
import { useText } from '../i18n/text.ts'
import { Icon, type IconName } from '../ui/Icon.tsx'
import { useKey } from '../ui/key.tsx'
import { useSharedAccounts } from '../team/hooks.ts'
import { workMarks } from '../team/work.ts'
import { type Chip, formatSearch, marks, parseSearch, searchOffers, words } from './search.ts'

const icons: Partial<Record<Chip['is'], IconName>> = { from: 'person', to: 'person', subject: 'draft', attachment: 'attach', before: 'clock', after: 'clock' }

interface Props {
  search: string
  onSearch: (search: string) => void
}

/** Where one types what to look for; each condition becomes a chip. */
export function SearchBox({ search, onSearch }: Props) {
  const t = useText()
  const [text, setText] = useState('')
  const [open, setOpen] = useState(false)
  const box = useRef<HTMLFormElement>(null)
  const input = useRef<HTMLInputElement>(null)
  const shared = useSharedAccounts().length > 0
  const chips = parseSearch(search)
  const set = (next: readonly Chip[]) => {
    setText('')
    onSearch(formatSearch(next))
    input.current?.focus()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const found = parseSearch(text)
    if (found.length > 0) set([...chips, ...found])
    setOpen(false)
  }
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Backspace' && text === '' && chips.length > 0) set(chips.slice(0, -1))
    else if (event.key === 'Escape') {
      event.stopPropagation()
      if (open) setOpen(false)
      else if (text !== '') setText('')
      else if (chips.length > 0) set([])
      else input.current?.blur()
    } else if (event.key !== 'Tab' && event.key !== 'Shift') setOpen(true)
  }
  const offers = searchOffers(text)
  return (
    <form
      ref={box}
      className="search"
      role="search"
      onSubmit={submit}
      onFocus={() => setOpen(true)}
      onBlur={(event) => !box.current?.contains(event.relatedTarget) && setOpen(false)}
    >
      <Icon name="search" />
      {chips.map((chip, i) => (
        <button key={i} type="button" className="chip" onClick={() => set(chips.filter((_, j) => j !== i))} aria-label={t('mail.chip.remove', { chip: chipText(chip, t) })}>
          <bdi className="cut">{chipText(chip, t)}</bdi>
          <Icon name="close" />
        </button>
      ))}
      <input
        dir="auto"
        ref={input}
        type="text"
        inputMode="search"
        enterKeyHint="search"
        data-search-input
        aria-label={t('mail.search')}
        aria-keyshortcuts={useKey('/')}
        placeholder={chips.length === 0 ? t('mail.search') : ''}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={keys}
      />
      {open && (
        <div className="search-help" onMouseDown={(event) => event.preventDefault()}>
          {offers.length > 0 && (
            <ul>
              {offers.map((offer) => (
                <li key={formatSearch(offer)}>
                  <button type="button" className="search-offer" onClick={() => (set([...chips, ...offer]), setOpen(false))}>
                    <Icon name={icons[offer[0]!.is] ?? 'search'} />
                    <span className="cut">{offer.map((chip) => chipText(chip, t)).join(', ')}</span>
                  </button>
                </li>
              ))}
            </ul>
          )}
          <div className="search-marks">
            {[...marks, ...(shared ? workMarks : [])].map((is) => {
              const on = chips.some((chip) => chip.is === is)
              return (
                <button key={is} type="button" className="chip" aria-pressed={on} onClick={() => set(on ? chips.filter((chip) => chip.is !== is) : [...chips, { is }])}>
                  {t(`mail.chip.${is}`)}
                </button>
              )
            })}
          </div>
          <p className="quiet">{t('mail.searchHelp', { words: words.map((w) => `${w}:`).join(' ') })}</p>
        </div>
      )}
    </form>
  )
}

function chipText(chip: Chip, t: ReturnType<typeof useText>): string {
  return 'value' in chip ? t(`mail.chip.${chip.is}`, { value: chip.value }) : t(`mail.chip.${chip.is}`)
}
