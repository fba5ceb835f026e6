import { MenuItem, Menu, MenuTrigger, Popover } from 'react-aria-components'
import { useText } from '../i18n/text.ts'
import { useAccounts } from '../store/hooks.ts'
import { IconButton } from '../ui/Button.tsx'
import { Icon } from '../ui/Icon.tsx'
import { plain } from './person.ts'
import { setPreference, usePreferences } from './preferences.ts'

/** Which mailboxes "All inboxes" shows. */
export function InboxesMenu() {
  const t = useText()
  const accounts = useAccounts()
  const { leftOut } = usePreferences()
  const chosen = accounts.map((a) => a.id).filter((id) => !leftOut.includes(id))
  return (
    <MenuTrigger>
      <IconButton icon="settings" label={t('mail.inboxesWhich')} />
      <Popover className="popover" placement="bottom end">
        <Menu
          className="menu"
          aria-label={t('mail.inboxesWhich')}
          selectionMode="multiple"
          selectedKeys={chosen}
          onSelectionChange={(keys) => setPreference('leftOut', keys === 'all' ? [] : accounts.map((a) => a.id).filter((id) => !keys.has(id)))}
        >
          {accounts.map((account) => (
            <MenuItem key={account.id} id={account.id} className="menu-item" textValue={account.name}>
              {leftOut.includes(account.id) ? <span className="icon" /> : <Icon name="check" />}
              <bdi className="cut">{plain(account.name)}</bdi>
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
