import { useState } from 'react'
import { Button, ComboBox, FieldError, Input, Label, ListBox, ListBoxItem, Popover, Text } from 'react-aria-components'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { adminPath, useApi } from '../session/api.ts'
import { Around } from '../ui/Around.tsx'
import { Icon } from '../ui/Icon.tsx'
import { useLoad, useSettled } from './load.ts'
import type { Account, Group } from './wire.ts'

interface Props {
  label: string
  hint?: string
  fault?: string
  /** What is chosen or typed: an address, or another word for somebody. */
  value: string
  onChange: (value: string) => void
  /** Which entries are offered. */
  of: 'accounts' | 'groups' | 'both'
  isRequired?: boolean
  autoFocus?: boolean
}

interface Offer {
  id: string
  name: string
  group: boolean
}

/** How many entries of each kind are offered. */
const most = 8

/** Somebody or something with an address, found on the server by typing. */
export function EntryPicker({ label, hint, fault, value, onChange, of, isRequired, autoFocus }: Props) {
  const t = useText()
  const api = useApi()
  const [focused, setFocused] = useState(false)
  const text = useSettled(value.trim())
  const { value: found } = useLoad<Offer[]>(`${of} ${focused} ${text}`, async (signal) => {
    if (!focused) return []
    const [accounts, groups] = await Promise.all([
      of === 'groups' ? [] : api.get<Account[] | null>(adminPath('accounts'), { text, max: most }, signal),
      of === 'accounts' ? [] : api.get<Group[] | null>(adminPath('groups'), { text, max: most }, signal),
    ])
    return [...(groups ?? []).map((g) => ({ id: g.address, name: plain(g.name), group: true })), ...(accounts ?? []).map((a) => ({ id: a.address, name: plain(a.name), group: false }))]
  })
  // What was found stays in its place until something else is.
  const [offers, setOffers] = useState<Offer[] | undefined>()
  if (found && found !== offers) setOffers(found)
  return (
    <ComboBox
      className="field picker"
      items={offers ?? []}
      inputValue={value}
      onInputChange={onChange}
      // What is typed counts: Escape closes the list, and takes nothing back.
      selectedKey={offers?.some((offer) => offer.id === value) ? value : null}
      onSelectionChange={(key) => key !== null && onChange(String(key))}
      onFocusChange={setFocused}
      defaultFilter={() => true}
      menuTrigger="input"
      allowsCustomValue
      allowsEmptyCollection
      isRequired={isRequired}
      isInvalid={Boolean(fault)}
      validationBehavior="aria"
    >
      <Label>{label}</Label>
      <div className="picker-box">
        <Input dir="auto" autoComplete="off" autoCapitalize="none" spellCheck={false} autoFocus={autoFocus} />
        <Button className="button" data-kind="icon">
          <Icon name="chevron" />
        </Button>
      </div>
      {hint && <Text slot="description">{hint}</Text>}
      <FieldError>{fault}</FieldError>
      <Around />
      <Popover className="popover picker-popover">
        <ListBox className="menu" renderEmptyState={() => <p className="picker-none quiet">{t(offers ? 'admin.noneFound' : 'ui.loading')}</p>}>
          {(offer: Offer) => (
            <ListBoxItem id={offer.id} className="menu-item" textValue={offer.id}>
              <Icon name={offer.group ? 'team' : 'person'} />
              <span className="picker-offer">
                <bdi className="cut">{offer.name || offer.id}</bdi>
                {offer.name && <bdi className="quiet cut">{offer.id}</bdi>}
              </span>
              <span className="unseen">{t(offer.group ? 'admin.group' : 'admin.account')}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  )
}
