import { Menu, MenuItem, Popover } from 'react-aria-components'
import { useText } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { useMailboxes } from '../store/hooks.ts'
import { Icon } from '../ui/Icon.tsx'
import { folderName } from './folder.ts'
import { plain } from './person.ts'
import { roomHref } from './route.ts'

/** What a menu of the folders is about: a folder, or with null all of a mailbox; and where it opens. */
export interface FolderSpot {
  account: Id
  mailbox: Id | null
  element: Element
  /** The place of the pointer, from the corner of the element; none when it was opened by key or button. */
  at: { x: number; y: number } | null
}

interface Props {
  spot: FolderSpot
  name: string
  onShare: (account: Id, mailbox: Id | null) => void
  onClose: () => void
}

/** What one can do with a folder besides reading it. */
export function FolderMenu({ spot, name, onShare, onClose }: Props) {
  const t = useText()
  const mailboxes = useMailboxes(spot.account)
  const mailbox = mailboxes.find((m) => m.id === spot.mailbox)
  const may = spot.mailbox ? mailbox?.myRights.mayShare : mailboxes.length > 0 && mailboxes.every((m) => m.myRights.mayShare)
  const label = t('sharing.folderMenu', { name: mailbox ? plain(folderName(mailbox, t)) : name })
  return (
    <Popover
      className="popover"
      aria-label={label}
      isOpen
      triggerRef={{ current: spot.element }}
      placement="bottom start"
      offset={spot.at ? spot.at.y - spot.element.getBoundingClientRect().height : 2}
      crossOffset={spot.at ? spot.at.x : 0}
      onOpenChange={(open) => !open && onClose()}
    >
      <Menu className="menu" aria-label={label} autoFocus="first" disabledKeys={may ? [] : ['share']} onClose={onClose}>
        <MenuItem id="share" className="menu-item" textValue={t('sharing.menuShare')} onAction={() => onShare(spot.account, spot.mailbox)}>
          <Icon name="team" />
          {t('sharing.menuShare')}
        </MenuItem>
        <MenuItem id="settings" className="menu-item" textValue={t('sharing.menuSettings')} href={roomHref('settings', 'sharing')}>
          <Icon name="settings" />
          {t('sharing.menuSettings')}
        </MenuItem>
      </Menu>
    </Popover>
  )
}
