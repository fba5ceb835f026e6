import { useLayoutEffect, useMemo, useRef } from 'react'
import { useText } from '../i18n/text.ts'
import { useRows, useStore } from '../store/hooks.ts'
import type { Ref } from '../store/query.ts'
import type { Store } from '../store/store.ts'
import type { ThreadRef } from '../team/actions.ts'
import { FilterBar } from '../team/FilterBar.tsx'
import { useShared, useSharedAccounts } from '../team/hooks.ts'
import { TeamTools } from '../team/TeamTools.tsx'
import { Blank } from '../ui/Blank.tsx'
import { IconButton } from '../ui/Button.tsx'
import { giveBack } from '../ui/focus.ts'
import { useFormat } from '../ui/format.ts'
import { useMedia, wide } from '../ui/media.ts'
import { useSteady } from '../ui/steady.ts'
import type { MailActions } from './actions.ts'
import { useAhead } from './ahead.ts'
import { Conversation } from './Conversation.tsx'
import { InboxesMenu } from './InboxesMenu.tsx'
import { MessageList } from './MessageList.tsx'
import type { Route } from './route.ts'
import { type Deeds, Toolbar } from './Toolbar.tsx'
import { type Asking, deedsBy, useDeeds } from './useDeeds.ts'
import { useHand } from './useHand.ts'
import { useListKeys } from './useListKeys.ts'
import type { MailView as View } from './useMailView.ts'
import { useSelection } from './useSelection.ts'

interface Props {
  route: Route
  view: View
  actions: MailActions
  /** Asks where to. */
  onMove: Asking
  /** Asks whether to delete for good. */
  onDestroy: Asking
  onDrag: (rows: readonly Ref[]) => void
}

/** A list, and beside it (or instead, where it is narrow) the conversation that is open. */
export function MailView({ route, view, actions, onMove, onDestroy, onDrag }: Props) {
  const t = useText()
  const store = useStore()
  const format = useFormat()
  const isWide = useMedia(wide)
  const { rows } = view
  const version = useRows(rows)
  const selection = useSelection(rows)
  const rest = useAhead(rows, version, selection.active)
  const { open } = route
  const role = view.mailbox?.role
  const shared = useSharedAccounts()
  const oneShared = useShared(view.account)
  const sharedHere = view.account ? (oneShared ? [view.account] : []) : shared
  const total = rows.total

  const hand = useHand(route, rows, role, selection)
  const { deeds, may } = useDeeds({ route, view, hand, selection, actions, onMove, onDestroy })
  useListKeys({ route, hand, selection, deeds, may, threads: () => threadsOf(store, shared, hand.rows()), isShared: sharedHere.length > 0 })

  // The same buttons as long as they mean the same: a row that is chosen, or a page of the list that comes, is no news to what is open.
  const close = useSteady(hand.close)
  const perform = useSteady((name: keyof Deeds) => deeds[name]())
  const buttons = useMemo(
    () => (
      <Toolbar
        label={t('mail.withConversation')}
        may={may}
        does={deedsBy(perform)}
        role={role}
        before={
          <>
            <IconButton icon={isWide ? 'close' : 'back'} label={t('mail.closeConversation')} shortcut="Escape" onPress={close} />
            <span className="toolbar-gap" />
          </>
        }
      />
    ),
    [t, may, perform, role, isWide, close],
  )

  useGoingOn(open?.thread)

  const count = hand.chosen.length
  return (
    <div className="mail" data-open={open !== null || undefined}>
      <section className="list-pane" aria-label={view.title}>
        <header className="list-head">
          <button
            type="button"
            className="choice"
            data-all
            aria-pressed={count > 0}
            aria-label={t(count > 0 ? 'mail.chooseNone' : 'mail.chooseAll')}
            disabled={!total}
            onClick={() => (count > 0 ? selection.clear() : selection.chooseAll())}
          >
            <span className="choice-box">{count > 0 && <i />}</span>
          </button>
          {count > 0 ? (
            <>
              <h1 className="unseen">
                <bdi>{view.title}</bdi>
              </h1>
              <strong aria-live="polite">{t('mail.chosen', { count })}</strong>
              <Toolbar label={t('mail.withChosen')} may={may} does={deeds} role={role} before={<TeamTools threads={threadsOf(store, shared, hand.chosen)} />} />
            </>
          ) : (
            <>
              <h1 className="cut">
                <bdi>{view.title}</bdi>
              </h1>
              <span className="quiet cut list-of">
                <bdi>{view.subtitle}</bdi>
              </span>
              <span className="quiet list-total">{total !== undefined && view.account ? format.number(total) : ''}</span>
              {!view.account && <InboxesMenu />}
            </>
          )}
        </header>
        {sharedHere.length > 0 && <FilterBar route={route} accounts={sharedHere} />}
        <MessageList
          rows={rows}
          selection={selection}
          names={role === 'sent' || role === 'drafts' ? 'to' : 'from'}
          mixed={!view.account}
          searching={route.search !== '' || route.work !== undefined}
          open={open}
          label={view.title}
          onRest={rest}
          onOpen={hand.openRow}
          onFlag={(row, flagged) => {
            const email = store.get(row.account, 'Email', row.id)
            if (!email) return
            const members = actions.messages([row], view.box)
            actions.flag(flagged ? [{ account: row.account, email }] : members, flagged ? 'flagged' : 'unflagged')
          }}
          onDrag={onDrag}
        />
      </section>
      {open ? (
        <Conversation account={open.account} thread={open.thread} actions={actions} toolbar={buttons} />
      ) : (
        isWide && (
          <section className="conversation" aria-label={t('mail.conversation')}>
            <Blank icon="read" title={t('mail.noneOpen')} />
          </section>
        )
      )}
    </div>
  )
}

/** When something else is opened, what had the focus may be gone: the list where it gives way, a button of what was open before. One goes on with what is there. */
function useGoingOn(thread: string | undefined): void {
  const before = useRef(thread)
  useLayoutEffect(() => {
    if (thread === before.current) return undefined
    before.current = thread
    const at = document.activeElement
    if (!thread || (at !== document.body && !at?.closest('.list-pane'))) return undefined
    const frame = requestAnimationFrame(() => giveBack(at))
    return () => cancelAnimationFrame(frame)
  }, [thread])
}

/** The conversations of colleagues that something is to be done with. */
function threadsOf(store: Store, shared: readonly string[], refs: readonly Ref[]): ThreadRef[] {
  const found = new Map<string, ThreadRef>()
  for (const { account, id } of refs) {
    const thread = store.get(account, 'Email', id)?.threadId
    if (thread && shared.includes(account)) found.set(`${account}/${thread}`, { account, thread })
  }
  return [...found.values()]
}
