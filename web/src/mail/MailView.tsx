import { useEffect, useMemo } from 'react'
import { useText } from '../i18n/text.ts'
import type { Mailbox } from '../jmap/types.ts'
import { useRows, useStore } from '../store/hooks.ts'
import type { Ref } from '../store/query.ts'
import { Blank } from '../ui/Blank.tsx'
import { IconButton } from '../ui/Button.tsx'
import { useFormat } from '../ui/format.ts'
import { useMedia, wide } from '../ui/media.ts'
import { useSteady } from '../ui/steady.ts'
import type { MailActions, Targets } from './actions.ts'
import { useAhead } from './ahead.ts'
import { Conversation } from './Conversation.tsx'
import { isDraft, write } from '../compose/write.ts'
import { FilterBar } from '../team/FilterBar.tsx'
import { useSharedAccounts, useShared } from '../team/hooks.ts'
import { ask } from '../team/signals.ts'
import { TeamTools } from '../team/TeamTools.tsx'
import { toggleMark, type WorkMark } from '../team/work.ts'
import { useTeamActions } from '../team/WorkMenus.tsx'
import { byRole } from './folder.ts'
import { InboxesMenu } from './InboxesMenu.tsx'
import { MessageList } from './MessageList.tsx'
import { go, type Route } from './route.ts'
import { useShortcuts } from './shortcuts.ts'
import { type Abilities, type Deeds, Toolbar } from './Toolbar.tsx'
import type { MailView as View } from './useMailView.ts'
import { useSelection } from './useSelection.ts'

interface Props {
  route: Route
  view: View
  actions: MailActions
  /** Asks where to; done is called when it was said. */
  onMove: (targets: Targets, done: () => void) => void
  /** Asks whether to delete for good. */
  onDestroy: (targets: Targets, done: () => void) => void
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
  const chosen = [...selection.chosen.values()]
  const team = useTeamActions()
  const shared = useSharedAccounts()
  const oneShared = useShared(view.account)
  const sharedHere = view.account ? (oneShared ? [view.account] : []) : shared
  const total = rows.total

  const openRow = (row: Ref) => {
    const email = store.get(row.account, 'Email', row.id)
    if (email && role === 'drafts' && isDraft(email)) write({ kind: 'draft', account: row.account, email: row.id })
    else if (email) go({ ...route, open: { account: row.account, thread: email.threadId } }, open ? 'replace' : 'push')
  }
  const closeOpen = () => {
    go({ ...route, open: null })
    requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-focus-list]')?.focus({ preventScroll: true }))
  }
  const atHand = (): Ref[] => {
    if (chosen.length > 0) return chosen
    const opened = open ? openRef() : undefined
    const row = opened ?? rows.at(selection.active)
    return row ? [row] : []
  }
  const openRef = (): Ref | undefined => {
    if (!open) return undefined
    const row = rows.at(selection.active)
    if (row?.account === open.account && store.get(row.account, 'Email', row.id)?.threadId === open.thread) return row
    const id = store.get(open.account, 'Thread', open.thread)?.emailIds.at(-1)
    return id ? { account: open.account, id } : undefined
  }
  /** Answers what is open, its last message; or else the one at hand. */
  const answer = (kind: 'reply' | 'replyAll' | 'forward') => () => {
    const ids = open ? [...(store.get(open.account, 'Thread', open.thread)?.emailIds ?? [])].reverse() : []
    const last = ids.find((id) => !store.get(open!.account, 'Email', id)?.keywords['$draft'])
    const ref = open ? last && { account: open.account, id: last } : rows.at(selection.active)
    if (ref) write({ kind, account: ref.account, email: ref.id })
  }
  const targets = () => actions.messages(atHand(), view.box)
  /** The conversations of colleagues that something is to be done with. */
  const threadsOf = (refs: readonly Ref[]) => {
    const found = new Map<string, { account: string; thread: string }>()
    for (const { account, id } of refs) {
      const thread = store.get(account, 'Email', id)?.threadId
      if (thread && shared.includes(account)) found.set(`${account}/${thread}`, { account, thread })
    }
    return [...found.values()]
  }
  const work = (act: (threads: ReturnType<typeof threadsOf>) => void) => () => {
    act(threadsOf(atHand()))
    selection.clear()
  }
  const narrow = (mark: WorkMark) => () => sharedHere.length > 0 && go({ ...route, work: toggleMark(route.work ?? [], mark), open: null })
  const step = (by: number) => {
    const index = Math.max(0, Math.min(selection.active + by, (total ?? 1) - 1))
    selection.moveTo(index)
    const row = rows.at(index)
    if (open && row) openRow(row)
  }
  /** Does something by which what was at hand goes away from here: what is open closes, or the next one opens. */
  const leave = (act: (targets: Targets, done: () => void) => void, when: 'now' | 'done' = 'now') => {
    const list = targets()
    if (list.length === 0) return
    const goes = open && list.some(({ account, email }) => account === open.account && email.threadId === open.thread)
    const next = goes && isWide && chosen.length === 0 ? (rows.at(selection.active + 1) ?? rows.at(selection.active - 1)) : undefined
    const gone = () => {
      selection.clear()
      if (!goes) return
      if (next && !(next.account === open.account && store.get(next.account, 'Email', next.id)?.threadId === open.thread)) openRow(next)
      else closeOpen()
    }
    act(list, gone)
    if (when === 'now') gone()
  }
  const toTrash = (list: Targets) => void actions.moveToRole(list, 'trash', view.box).then((found) => !found && onDestroy(list, () => {}))
  const destroys = role === 'trash' && !route.search
  const keep = (act: (targets: Targets) => void) => () => {
    act(targets())
    selection.clear()
  }
  const deeds: Deeds = {
    archive: () => leave((list) => void actions.moveToRole(list, 'archive', view.box)),
    remove: () => (destroys ? leave(onDestroy, 'done') : leave(toTrash)),
    junk: () => leave((list) => void actions.moveToRole(list, 'junk', view.box)),
    move: () => leave(onMove, 'done'),
    read: keep((list) => actions.markRead(list, 'read')),
    unread: keep((list) => {
      actions.markRead(list, 'unread')
      if (open && chosen.length === 0) closeOpen()
    }),
    flag: keep((list) => actions.flag(list, list.every(({ email }) => email.keywords['$flagged']) ? 'unflagged' : 'flagged')),
    unflag: keep((list) => actions.flag(list, 'unflagged')),
  }
  const boxes = view.mailbox ? [view.mailbox] : inboxesOf(atHand())
  function inboxesOf(refs: readonly Ref[]): Mailbox[] {
    return [...new Set(refs.map((ref) => ref.account))].flatMap((account) => byRole(store.table(account, 'Mailbox').all(), 'inbox') ?? [])
  }
  const may = useAbilities(boxes)
  const allowed = (ability: keyof Abilities, act: () => void) => () => may[ability] && act()
  useShortcuts({
    'j': () => step(1),
    'k': () => step(-1),
    'Enter': () => {
      const row = rows.at(selection.active)
      if (row) openRow(row)
    },
    'Escape': () => (selection.chosen.size > 0 ? selection.clear() : open ? closeOpen() : undefined),
    'x': () => selection.toggle(selection.active),
    '*': () => (selection.chosen.size > 0 ? selection.clear() : selection.chooseAll()),
    'r': answer('reply'),
    'a': answer('replyAll'),
    'f': answer('forward'),
    'e': allowed('archive', deeds.archive),
    '#': allowed('remove', deeds.remove),
    '!': allowed('remove', deeds.junk),
    'v': allowed('remove', deeds.move),
    's': allowed('flag', deeds.flag),
    'u': allowed('seen', deeds.unread),
    'i': allowed('seen', deeds.read),
    'm': work((threads) => team.take(threads)),
    'd': work((threads) => team.toggleStatus(threads, 'done')),
    'w': work((threads) => team.toggleStatus(threads, 'waiting')),
    'p': () => void ask('assign'),
    'n': () => void ask('note'),
    'g m': narrow('mine'),
    'g u': narrow('unassigned'),
  })

  // The same buttons as long as they mean the same: a row that is chosen, or a page of the list that comes, is no news to what is open.
  const close = useSteady(closeOpen)
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

  // The row of what is open is where the keyboard goes on.
  const openThread = open?.thread
  useEffect(() => {
    if (!openThread) return
    for (let i = 0; i < Math.min(total ?? 0, 500); i++) {
      const row = rows.at(i)
      if (row && store.get(row.account, 'Email', row.id)?.threadId === openThread) {
        if (i !== selection.active) selection.moveTo(i)
        return
      }
    }
    // Only when another conversation is opened.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [openThread])

  const count = chosen.length
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
              <strong aria-live="polite">{t('mail.chosen', { count })}</strong>
              <Toolbar label={t('mail.withChosen')} may={may} does={deeds} role={role} before={<TeamTools threads={threadsOf(chosen)} />} />
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
          onOpen={openRow}
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

/** What the rights in every folder concerned allow; the same object as long as it is that. */
function useAbilities(boxes: readonly Mailbox[]): Abilities {
  const all = (right: 'mayRemoveItems' | 'maySetSeen' | 'maySetKeywords') => boxes.length > 0 && boxes.every((m) => m.myRights[right])
  const [remove, seen, flag] = [all('mayRemoveItems'), all('maySetSeen'), all('maySetKeywords')]
  return useMemo(() => ({ archive: remove, remove, seen, flag }), [remove, seen, flag])
}

/** Each deed by its name. */
function deedsBy(perform: (name: keyof Deeds) => void): Deeds {
  const deed = (name: keyof Deeds) => () => perform(name)
  return {
    archive: deed('archive'), remove: deed('remove'), junk: deed('junk'), move: deed('move'),
    read: deed('read'), unread: deed('unread'), flag: deed('flag'), unflag: deed('unflag'),
  }
}
