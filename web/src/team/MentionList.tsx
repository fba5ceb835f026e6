import { useState } from 'react'
import { Menu, MenuItem } from 'react-aria-components'
import { useText } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { plain } from '../mail/person.ts'
import { go, parseRoute } from '../mail/route.ts'
import { useFormat } from '../ui/format.ts'
import { Face, nameOf } from './Face.tsx'
import { useTeam } from './hooks.ts'

/** The notes that mention one, the latest first; a press opens the conversation. */
export default function MentionList({ accounts, onClose }: { accounts: readonly Id[]; onClose: () => void }) {
  const t = useText()
  const format = useFormat()
  const team = useTeam()
  const [fresh] = useState(() => new Set(accounts.flatMap((account) => team.unseen(account).map((n) => n.id))))
  const list = accounts
    .flatMap((account) => (team.mentions.get(account, 'me') ?? []).map((note) => ({ account, note })))
    .sort((a, b) => b.note.createdAt.localeCompare(a.note.createdAt))
  const open = (account: Id, thread: Id) => {
    onClose()
    go({ ...parseRoute(location.hash), open: { account, thread } })
  }
  return (
    <>
      <h3 className="menu-heading">{t('team.mentions')}</h3>
      {list.length === 0 && <p className="quiet menu-note">{t('team.noMentions')}</p>}
      {list.length > 0 && (
        <Menu className="menu" aria-label={t('team.mentions')} autoFocus="first">
          {list.map(({ account, note }) => (
            <MenuItem
              key={`${account}/${note.id}`}
              id={`${account}/${note.id}`}
              className="menu-item mention-offer"
              textValue={nameOf(note.author)}
              data-fresh={fresh.has(note.id) || undefined}
              onAction={() => (void team.markSeen(account, [note]).catch(() => {}), open(account, note.threadId))}
            >
              <Face person={note.author} />
              <span className="mention-words">
                <span className="row-line">
                  <bdi className="cut">{nameOf(note.author)}</bdi>
                  <time className="quiet" dateTime={note.createdAt}>
                    {format.brief(note.createdAt)}
                  </time>
                </span>
                <bdi className="quiet cut">{plain(note.text)}</bdi>
              </span>
            </MenuItem>
          ))}
        </Menu>
      )}
    </>
  )
}
