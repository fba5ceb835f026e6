import { useMemo, useRef } from 'react'
import { Button as AriaButton, ComboBox, Header, Input, Label, ListBox, ListBoxItem, ListBoxSection, Popover, Text } from 'react-aria-components'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { useAccounts } from '../store/hooks.ts'
import { Around } from '../ui/Around.tsx'
import { Icon } from '../ui/Icon.tsx'
import type { Begun } from './begin.ts'
import { groupIdentities, senderOf } from './identity.ts'
import { formatRecipient } from './recipients.ts'
import type { From } from './useFrom.ts'

interface Props {
  begun: Begun
  from: From
  /** What the server said when it was to be sent. */
  refusal: string
}

/** The address a message is from, and in words what recipients will see. */
export function FromField({ begun, from, refusal }: Props) {
  const t = useText()
  const accounts = useAccounts()
  const groups = useMemo(() => groupIdentities(begun.identities, new Map(accounts.map((a) => [a.id, plain(a.name)])), t('compose.otherAddresses')), [begun.identities, accounts, t])
  const fault = refusal ? t('compose.refused', { reason: refusal }) : from.state.is === 'refused' ? from.state.text : ''
  const identity = begun.identities.find((i) => i.id === begun.keeper.draft.identity)
  // The choice stands below the sentence that says what recipients see, however many lines it takes.
  const seen = useRef<HTMLElement>(null)
  return (
    <ComboBox
      className="composer-row composer-from"
      data-field="from"
      allowsCustomValue
      menuTrigger="manual"
      isInvalid={fault !== ''}
      validationBehavior="aria"
      inputValue={from.typed}
      selectedKey={identity && from.typed === formatRecipient(senderOf(identity).from) ? identity.id : null}
      defaultFilter={() => true}
      onInputChange={from.type}
      onSelectionChange={(key) => {
        const chosen = begun.identities.find((i) => i.id === key)
        if (chosen) from.choose(chosen)
      }}
      onBlur={from.settle}
    >
      <Label>{t('compose.from')}</Label>
      <div className="composer-combo">
        <Input dir="auto" />
        <AriaButton className="button" data-kind="icon" aria-label={t('compose.fromMenu')}>
          <Icon name="chevron" />
        </AriaButton>
      </div>
      <Text ref={seen} slot="description" className={fault ? 'composer-fault' : 'composer-seen quiet'} role={fault ? 'alert' : undefined}>
        {fault || (from.state.is === 'checking' ? t('compose.checking') : from.state.is === 'fine' ? from.state.words : '')}
      </Text>
      <Around />
      <Popover className="popover composer-identities" triggerRef={seen} placement="bottom start" offset={2}>
        <ListBox className="menu">
          {groups.map((group) => (
            <ListBoxSection key={group.title} id={`of ${group.title}`}>
              <Header className="menu-heading">{group.title}</Header>
              {group.identities.map((i) => (
                <ListBoxItem key={i.id} id={i.id} className="menu-item" textValue={formatRecipient(senderOf(i).from)}>
                  {i.displayedSender && <span className="quiet cut">{t('compose.behalf', { behalf: plain(i.displayedSender.name || i.displayedSender.email), from: '' }).trim()}</span>}
                  <bdi className="cut">{plain(formatRecipient(senderOf(i).from))}</bdi>
                </ListBoxItem>
              ))}
            </ListBoxSection>
          ))}
        </ListBox>
      </Popover>
    </ComboBox>
  )
}
