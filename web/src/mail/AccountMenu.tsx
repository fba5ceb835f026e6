import { useLingui } from '@lingui/react'
import { memo, useState } from 'react'
import { Button, Header, Menu, MenuItem, MenuSection, MenuTrigger, Popover, Separator, SubmenuTrigger, Text } from 'react-aria-components'
import { chooseLanguage, type Language, languages, useText } from '../i18n/text.ts'
import { useAccounts, useStore } from '../store/hooks.ts'
import type { Person } from '../session/answer.ts'
import { Icon } from '../ui/Icon.tsx'
import { KeyHint } from '../ui/key.tsx'
import { chooseTheme, type Theme, theme } from '../ui/theme.ts'
import { byRole } from './folder.ts'
import { initials, plain, tint } from './person.ts'
import { formatRoute, roomHref } from './route.ts'

interface Props {
  person: Person
  onShortcuts: () => void
  onSignOut: () => void
}

const themes: readonly Theme[] = ['system', 'light', 'dark']

/** Under the avatar: the mailboxes one can go to, how the page looks, and the way out. */
export const AccountMenu = memo(function AccountMenu({ person, onShortcuts, onSignOut }: Props) {
  const t = useText()
  const store = useStore()
  const accounts = useAccounts()
  const { i18n } = useLingui()
  const [look, setLook] = useState(theme)
  const name = plain(person.name) || person.address
  return (
    <MenuTrigger>
      <Button className="avatar-button" aria-label={t('mail.accountMenu', { name })}>
        <span className="avatar" data-tint={tint(person.address)} data-initials={initials(name)} />
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu className="menu" aria-label={t('mail.accountMenu', { name })}>
          <MenuSection>
            <Header className="menu-heading cut">{name}</Header>
            {accounts.map((account) => {
              const inbox = byRole(store.table(account.id, 'Mailbox').all(), 'inbox') ?? store.table(account.id, 'Mailbox').all()[0]
              return (
                <MenuItem
                  key={account.id}
                  className="menu-item"
                  textValue={account.name}
                  {...(inbox && { href: formatRoute({ place: { kind: 'folder', account: account.id, mailbox: inbox.id }, search: '', open: null }) })}
                >
                  <Icon name={account.isPersonal ? 'person' : 'team'} />
                  <bdi className="cut">{plain(account.name)}</bdi>
                </MenuItem>
              )
            })}
          </MenuSection>
          <Separator className="separator" />
          <MenuItem className="menu-item" textValue={t('contacts.title')} href={roomHref('contacts')}>
            <Icon name="contacts" />
            {t('contacts.title')}
          </MenuItem>
          <MenuItem className="menu-item" textValue={t('settings.title')} href={roomHref('settings')}>
            <Icon name="settings" />
            {t('settings.title')}
          </MenuItem>
          {person.admin !== 'none' && (
            <MenuItem className="menu-item" textValue={t('mail.administration')} href={roomHref('admin')}>
              <Icon name="shield" />
              {t('mail.administration')}
            </MenuItem>
          )}
          <SubmenuTrigger>
            <MenuItem className="menu-item" textValue={t('settings.look')}>
              <Icon name="contrast" />
              {t('settings.look')}
              <kbd>{t(`settings.look.${look}`)}</kbd>
            </MenuItem>
            <Popover className="popover">
              <Menu
                className="menu"
                aria-label={t('settings.look')}
                selectionMode="single"
                selectedKeys={[look]}
                onAction={(key) => {
                  setLook(key as Theme)
                  chooseTheme(key as Theme)
                }}
              >
                {themes.map((value) => (
                  <Choice key={value} id={value} text={t(`settings.look.${value}`)} chosen={value === look} />
                ))}
              </Menu>
            </Popover>
          </SubmenuTrigger>
          <SubmenuTrigger>
            <MenuItem className="menu-item" textValue={t('settings.language')}>
              <Icon name="language" />
              {t('settings.language')}
              <kbd>{languages[i18n.locale as Language]}</kbd>
            </MenuItem>
            <Popover className="popover">
              <Menu className="menu" aria-label={t('settings.language')} selectionMode="single" selectedKeys={[i18n.locale]} onAction={(key) => void chooseLanguage(key as Language)}>
                {Object.entries(languages).map(([id, text]) => (
                  <Choice key={id} id={id} text={text} chosen={id === i18n.locale} />
                ))}
              </Menu>
            </Popover>
          </SubmenuTrigger>
          <MenuItem className="menu-item" textValue={t('mail.shortcuts')} onAction={onShortcuts}>
            <Icon name="help" />
            <Text slot="label">{t('mail.shortcuts')}</Text>
            <KeyHint of="?" />
          </MenuItem>
          <Separator className="separator" />
          <MenuItem className="menu-item" textValue={t('session.signOut')} onAction={onSignOut}>
            <Icon name="signOut" />
            {t('session.signOut')}
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  )
})

function Choice({ id, text, chosen }: { id: string; text: string; chosen: boolean }) {
  return (
    <MenuItem id={id} className="menu-item menu-choice" textValue={text}>
      {chosen ? <Icon name="check" /> : <span className="icon" />}
      {text}
    </MenuItem>
  )
}
