import { useLingui } from '@lingui/react'
import { type DragEvent, type KeyboardEvent, memo, type MouseEvent, type SyntheticEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import { useText } from '../i18n/text.ts'
import type { Mailbox } from '../jmap/types.ts'
import { useAccounts, useMailboxes, useOffers, useStore } from '../store/hooks.ts'
import type { OpenAccount } from '../store/store.ts'
import { IconButton } from '../ui/Button.tsx'
import { Icon } from '../ui/Icon.tsx'
import { useFormat } from '../ui/format.ts'
import { useSteady } from '../ui/steady.ts'
import { dragType } from './drag.ts'
import { askForPlace } from './early.ts'
import { FolderMenu, type FolderSpot } from './FolderMenu.tsx'
import { asksForMenu, moveAmongFolders } from './folderKeys.ts'
import { byRole, folderCount, folderIcon, folderName, folderTree, offerName } from './folder.ts'
import { plain } from './person.ts'
import { setPreference, usePreferences } from './preferences.ts'
import { formatRoute, type Place, roomHref } from './route.ts'

interface Props {
  place: Place | null
  /** Messages were dropped on a folder. */
  onDrop: (account: string, mailbox: Mailbox) => void
  /** A folder was chosen: on a phone the folders go away. */
  onChoose: () => void
  /** A folder is to be shared, or with null all of a mailbox. */
  onShare: (account: string, mailbox: string | null) => void
}

/** Opens the menu of a folder: for a right click, the menu key or the button beside it. */
type OpenMenu = (spot: FolderSpot) => void

/** Where a context menu was asked for: the menu key gives no place. */
function spotOf(event: MouseEvent, account: string, mailbox: string | null): FolderSpot {
  event.preventDefault()
  const element = event.currentTarget
  const box = element.getBoundingClientRect()
  const byPointer = event.nativeEvent instanceof PointerEvent ? event.nativeEvent.pointerType !== '' : event.button === 2
  return { account, mailbox, element, at: byPointer ? { x: event.clientX - box.left, y: event.clientY - box.top } : null }
}

/** Opens the menu of an entry by the keys for it. */
function onMenuKey(event: KeyboardEvent, account: string, mailbox: string | null, onMenu: OpenMenu): void {
  if (!asksForMenu(event)) return
  event.preventDefault()
  onMenu({ account, mailbox, element: event.currentTarget, at: null })
}

/** The folders of every mailbox one may see, own and shared, one below the other. */
export function Folders({ place, onDrop, onChoose, onShare }: Props) {
  const t = useText()
  const drop = useSteady(onDrop)
  const accounts = useAccounts()
  const [menu, setMenu] = useState<FolderSpot | null>(null)
  const offers = useOffers()
  const approach = useApproach()
  const store = useStore()
  const choose = (event: MouseEvent) => {
    const link = (event.target as Element).closest('a')
    if (!link) return
    if (event.button === 0) askForPlace(store, link.hash) // it is on its way before the address has changed
    onChoose()
  }
  const of = menu && accounts.find((a) => a.id === menu.account)
  return (
    <nav className="folders" aria-label={t('mail.folders')} onKeyDown={moveAmongFolders} onPointerOver={approach} onFocus={approach} onClick={choose}>
      {offers.length > 0 && (
        <a className="folder folders-offers" href={roomHref('settings', 'sharing')}>
          <Icon name="team" />
          <span>{offers.length === 1 ? t('sharing.offeredOne', { who: plain(offers[0]!.ownerName) || offers[0]!.ownerEmail, what: offerName(offers[0]!, t) }) : t('sharing.offered', { count: offers.length })}</span>
        </a>
      )}
      {accounts.length > 1 && (
        <ul>
          <li>
            <a className="folder" href={formatRoute({ place: { kind: 'inboxes' }, search: '', open: null })} aria-current={place?.kind === 'inboxes' ? 'page' : undefined}>
              <Icon name="inboxes" />
              <span className="cut">{t('mail.inboxes')}</span>
            </a>
          </li>
        </ul>
      )}
      {accounts.map((account) => (
        <AccountFolders
          key={account.id}
          account={account}
          current={place?.kind === 'folder' && place.account === account.id ? place.mailbox : undefined}
          onDrop={drop}
          onMenu={setMenu}
        />
      ))}
      {menu && of && <FolderMenu spot={menu} name={plain(of.name)} onShare={onShare} onClose={() => setMenu(null)} />}
    </nav>
  )
}

/** How long a folder is pointed at before its list is fetched, in milliseconds. */
const rest = 30

/** Fetches the list of the folder that the pointer rests on or the keyboard has come to: it is there when it is opened. */
function useApproach(): (event: SyntheticEvent) => void {
  const store = useStore()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  return (event) => {
    const link = (event.target as Element).closest('a')
    clearTimeout(timer.current)
    if (link) timer.current = setTimeout(() => askForPlace(store, link.hash), rest)
  }
}

/** The folders of one account; current is the one that is shown. */
const AccountFolders = memo(function AccountFolders({ account, current, onDrop, onMenu }: { account: OpenAccount; current: string | undefined; onDrop: Props['onDrop']; onMenu: OpenMenu }) {
  const t = useText()
  const format = useFormat()
  const { i18n } = useLingui()
  const mailboxes = useMailboxes(account.id)
  const tree = useMemo(() => folderTree(mailboxes, i18n.locale), [mailboxes, i18n.locale])
  const { folded } = usePreferences()
  const isFolded = folded.includes(account.id)
  const id = useId()
  const unread = byRole(mailboxes, 'inbox')?.unreadThreads ?? 0
  const fold = () => setPreference('folded', isFolded ? folded.filter((other) => other !== account.id) : [...folded, account.id])
  return (
    <section aria-labelledby={id}>
      <h2 onContextMenu={(event) => onMenu(spotOf(event, account.id, null))} onKeyDown={(event) => onMenuKey(event, account.id, null, onMenu)}>
        <button type="button" id={id} className="account" aria-expanded={!isFolded} onClick={fold} title={plain(account.name)}>
          <Icon name={account.isPersonal ? 'person' : 'team'} />
          <bdi className="cut">{plain(account.name)}</bdi>
          {isFolded && unread > 0 && (
            <span className="count">
              {format.number(unread)}
              <span className="unseen"> {t('mail.unreadCount')}</span>
            </span>
          )}
          <Icon name="chevron" />
        </button>
        <MenuButton name={plain(account.name)} account={account.id} mailbox={null} onMenu={onMenu} />
      </h2>
      {!isFolded && (
        <ul>
          {tree.map(({ mailbox, depth }) => (
            <Folder
              key={mailbox.id}
              account={account.id}
              mailbox={mailbox}
              depth={depth}
              current={mailbox.id === current}
              onDrop={onDrop}
              onMenu={onMenu}
            />
          ))}
        </ul>
      )}
    </section>
  )
})

const Folder = memo(function Folder({ account, mailbox, depth, current, onDrop, onMenu }: { account: string; mailbox: Mailbox; depth: number; current: boolean; onDrop: Props['onDrop']; onMenu: OpenMenu }) {
  const t = useText()
  const format = useFormat()
  const [over, setOver] = useState(false)
  const count = folderCount(mailbox)
  const takes = (event: DragEvent) => mailbox.myRights.mayAddItems && event.dataTransfer.types.includes(dragType)
  const name = plain(folderName(mailbox, t))
  return (
    <li onContextMenu={(event) => onMenu(spotOf(event, account, mailbox.id))} onKeyDown={(event) => onMenuKey(event, account, mailbox.id, onMenu)}>
      <a
        className="folder"
        href={formatRoute({ place: { kind: 'folder', account, mailbox: mailbox.id }, search: '', open: null })}
        aria-current={current ? 'page' : undefined}
        data-over={over || undefined}
        data-depth={Math.min(depth, 6)}
        data-unread={count > 0 || undefined}
        draggable={false}
        onDragOver={(event) => {
          if (!takes(event)) return
          event.preventDefault()
          event.dataTransfer.dropEffect = 'move'
          setOver(true)
        }}
        onDragLeave={(event) => !event.currentTarget.contains(event.relatedTarget as Node | null) && setOver(false)}
        onDrop={(event) => {
          setOver(false)
          if (!takes(event)) return
          event.preventDefault()
          onDrop(account, mailbox)
        }}
      >
        <Icon name={folderIcon(mailbox)} />
        <bdi className="cut" title={name}>
          {name}
        </bdi>
        {count > 0 && (
          <span className="count">
            {format.number(count)}
            <span className="unseen"> {t(mailbox.role === 'drafts' ? 'mail.draftCount' : 'mail.unreadCount')}</span>
          </span>
        )}
      </a>
      <MenuButton name={name} account={account} mailbox={mailbox.id} onMenu={onMenu} />
    </li>
  )
})

function MenuButton({ name, account, mailbox, onMenu }: { name: string; account: string; mailbox: string | null; onMenu: OpenMenu }) {
  const t = useText()
  return <IconButton icon="more" label={t('sharing.folderMenu', { name })} aria-haspopup="menu" onPress={(event) => onMenu({ account, mailbox, element: event.target, at: null })} />
}
