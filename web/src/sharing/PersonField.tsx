import { useRef, useState } from 'react'
import { ComboBox, FieldError, Input, Label, ListBox, ListBoxItem, Popover, Text } from 'react-aria-components'
import { useText } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { initials, plain, tint } from '../mail/person.ts'
import { useStore } from '../store/hooks.ts'
import { Around } from '../ui/Around.tsx'
import { Icon } from '../ui/Icon.tsx'
import '../ui/fields.css'
import './sharing.css'
import { findPrincipals, type Party, type Principal } from './share.ts'

interface Props {
  label: string
  hint?: string
  fault?: string
  party: Party | null
  /** Not offered: oneself, say. */
  without?: readonly Id[]
  autoFocus?: boolean
  onChange: (party: Party | null) => void
}

/** How long after the last key is looked for, in milliseconds. */
const pause = 120

/**
 * A person or a group, found by typing a part of the name or address. What is
 * not found is left to the server. Another key empties it.
 */
export function PersonField({ label, hint, fault, party, without = [], autoFocus, onChange }: Props) {
  const t = useText()
  const store = useStore()
  const everybody = t('sharing.everybody')
  const [typed, setTyped] = useState('')
  const [found, setFound] = useState<Principal[]>([])
  const [looking, setLooking] = useState(false)
  const turn = useRef(0)
  const look = (text: string) => {
    const mine = ++turn.current
    const take = (list: Principal[]) => {
      if (mine !== turn.current) return
      setFound(list)
      setLooking(false)
    }
    setLooking(true)
    setTimeout(() => {
      if (mine === turn.current) findPrincipals(store, text.trim()).then(take, () => take([]))
    }, pause)
  }
  const items = found.filter((p) => !without.includes(p.id))
  const shown = (p: Principal) => plain(p.type === 'other' ? everybody : p.name) || p.email || '?'
  return (
    <ComboBox
      className="field person-field"
      allowsCustomValue
      allowsEmptyCollection
      menuTrigger="input"
      autoFocus={autoFocus}
      items={items}
      inputValue={typed}
      selectedKey={party && 'principal' in party ? party.principal.id : null}
      defaultFilter={() => true}
      isInvalid={Boolean(fault)}
      validationBehavior="aria"
      onInputChange={(text) => {
        setTyped(text)
        const chosen = party && 'principal' in party ? party.principal : undefined
        if (chosen && text === shown(chosen)) return
        onChange(text.trim() ? { word: text.trim() } : null)
        look(text)
      }}
      onSelectionChange={(key) => {
        const principal = items.find((p) => p.id === key)
        if (!principal) return
        turn.current++
        setTyped(shown(principal))
        onChange({ principal })
      }}
    >
      <Label>{label}</Label>
      <Input dir="auto" placeholder={t('sharing.whoExample')} spellCheck={false} autoCapitalize="off" autoComplete="off" />
      {hint && <Text slot="description">{hint}</Text>}
      <FieldError>{fault}</FieldError>
      <Around />
      <Popover className="popover person-offers">
        <ListBox className="menu" renderEmptyState={() => <p className="person-none">{t(looking ? 'ui.loading' : 'sharing.nobodyFound')}</p>}>
          {(principal: Principal) => (
            <ListBoxItem id={principal.id} className="menu-item person-offer" textValue={shown(principal)}>
              <PartyMark name={shown(principal)} principal={principal} />
              <span className="cut">
                <bdi>{shown(principal)}</bdi>
                {principal.email && <small className="cut">{plain(principal.email)}</small>}
              </span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  )
}

/** The round mark of a person, or what a group has in its place. */
export function PartyMark({ name, principal }: { name: string; principal: Pick<Principal, 'type' | 'email'> | undefined }) {
  const isPerson = principal?.type === 'individual'
  return (
    <span className="avatar avatar-small" data-tint={isPerson ? tint(principal.email ?? name) : undefined} data-initials={isPerson ? initials(name) : ''} aria-hidden="true">
      {!isPerson && <Icon name="team" />}
    </span>
  )
}
