import { Menu, MenuItem, MenuTrigger, Popover, Text, Toolbar as AriaToolbar } from 'react-aria-components'
import type { ReactNode } from 'react'
import { useText } from '../i18n/text.ts'
import { IconButton } from '../ui/Button.tsx'
import { KeyHint } from '../ui/key.tsx'
import { Icon } from '../ui/Icon.tsx'

/** What one may do with the messages at hand. */
export interface Abilities {
  archive: boolean
  remove: boolean
  seen: boolean
  flag: boolean
}

export interface Deeds {
  archive: () => void
  remove: () => void
  junk: () => void
  move: () => void
  read: () => void
  unread: () => void
  flag: () => void
  unflag: () => void
}

interface Props {
  label: string
  may: Abilities
  does: Deeds
  /** In Junk the button takes out of it, in Trash it deletes for good. */
  role: string | null | undefined
  before?: ReactNode
}

export function Toolbar({ label, may, does, role, before }: Props) {
  const t = useText()
  return (
    <AriaToolbar className="toolbar" aria-label={label}>
      {before}
      <IconButton icon="archive" label={t('mail.archive')} shortcut="e" isDisabled={!may.archive || role === 'archive'} onPress={does.archive} />
      <IconButton icon="trash" label={t(role === 'trash' ? 'mail.deleteForGood' : 'mail.delete')} shortcut="#" isDisabled={!may.remove} onPress={does.remove} />
      <IconButton icon="moved" label={t('mail.move')} shortcut="v" isDisabled={!may.remove} onPress={does.move} />
      <IconButton icon="unread" label={t('mail.markUnread')} shortcut="u" isDisabled={!may.seen} onPress={does.unread} />
      <MenuTrigger>
        <IconButton icon="more" label={t('mail.more')} />
        <Popover className="popover" placement="bottom end">
          <Menu className="menu" aria-label={t('mail.more')}>
            <MenuItem className="menu-item" isDisabled={!may.seen} onAction={does.read} textValue={t('mail.markRead')}>
              <Icon name="read" />
              <Text slot="label">{t('mail.markRead')}</Text>
              <KeyHint of="i" />
            </MenuItem>
            <MenuItem className="menu-item" isDisabled={!may.flag} onAction={does.flag} textValue={t('mail.flag')}>
              <Icon name="flag" />
              <Text slot="label">{t('mail.flag')}</Text>
              <KeyHint of="s" />
            </MenuItem>
            <MenuItem className="menu-item" isDisabled={!may.flag} onAction={does.unflag} textValue={t('mail.unflag')}>
              <Icon name="flag" />
              {t('mail.unflag')}
            </MenuItem>
            <MenuItem className="menu-item" isDisabled={!may.remove || role === 'junk'} onAction={does.junk} textValue={t('mail.junk')}>
              <Icon name="junk" />
              <Text slot="label">{t('mail.junk')}</Text>
              <KeyHint of="!" />
            </MenuItem>
          </Menu>
        </Popover>
      </MenuTrigger>
    </AriaToolbar>
  )
}
