import { useLingui } from '@lingui/react'
import { useMemo, useState } from 'react'
import { Autocomplete, Input, Menu, MenuItem, SearchField, useFilter } from 'react-aria-components'
import { useText } from '../i18n/text.ts'
import type { Mailbox } from '../jmap/types.ts'
import { useAccounts, useStore } from '../store/hooks.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Icon } from '../ui/Icon.tsx'
import { folderIcon, folderName, folderTree } from './folder.ts'
import { plain } from './person.ts'

interface Props {
  /** The account whose folders come first. */
  account: string | undefined
  onMove: (account: string, mailbox: Mailbox) => void
  onClose: () => void
}

/** Where to? Every folder one may put something into, found by typing. */
export default function MoveDialog({ account, onMove, onClose }: Props) {
  const t = useText()
  const store = useStore()
  const accounts = useAccounts()
  const { i18n } = useLingui()
  const { contains } = useFilter({ sensitivity: 'base' })
  const [text, setText] = useState('')
  const folders = useMemo(
    () =>
      [...accounts]
        .sort((a, b) => Number(b.id === account) - Number(a.id === account))
        .flatMap((a) =>
          folderTree(store.table(a.id, 'Mailbox').all(), i18n.locale)
            .filter(({ mailbox }) => mailbox.myRights.mayAddItems)
            .map(({ mailbox, depth }) => ({ id: `${a.id}/${mailbox.id}`, account: a, mailbox, depth })),
        ),
    [accounts, account, store, i18n.locale],
  )
  return (
    <Dialog title={t('mail.moveTo')} onClose={onClose}>
      <Autocomplete filter={contains} inputValue={text} onInputChange={setText}>
        <SearchField className="field move-find" aria-label={t('mail.findFolder')} autoFocus>
          <Input placeholder={t('mail.findFolder')} />
        </SearchField>
        <Menu className="menu move-menu" aria-label={t('mail.folders')} items={folders} renderEmptyState={() => <p className="quiet">{t('mail.noFolder')}</p>}>
          {(folder) => (
            <MenuItem
              className="menu-item"
              id={folder.id}
              textValue={`${folderName(folder.mailbox, t)} ${folder.account.name}`}
              onAction={() => {
                onClose()
                onMove(folder.account.id, folder.mailbox)
              }}
            >
              <Icon name={folderIcon(folder.mailbox)} />
              <bdi className="cut">{plain(folderName(folder.mailbox, t))}</bdi>
              <bdi className="quiet cut move-account">{plain(folder.account.name)}</bdi>
            </MenuItem>
          )}
        </Menu>
      </Autocomplete>
    </Dialog>
  )
}
