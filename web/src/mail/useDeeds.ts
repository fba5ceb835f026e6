import { useMemo } from 'react'
import type { Mailbox } from '../jmap/types.ts'
import { useStore } from '../store/hooks.ts'
import type { Ref } from '../store/query.ts'
import { useMedia, wide } from '../ui/media.ts'
import type { MailActions, Targets } from './actions.ts'
import { byRole } from './folder.ts'
import type { Route } from './route.ts'
import type { Abilities, Deeds } from './Toolbar.tsx'
import type { Hand } from './useHand.ts'
import type { MailView } from './useMailView.ts'
import type { SelectionControl } from './useSelection.ts'

/** Asks the person before something is done; done is called when it was said. */
export type Asking = (targets: Targets, done: () => void) => void

interface Scene {
  route: Route
  view: MailView
  hand: Hand
  selection: SelectionControl
  actions: MailActions
  /** Asks where to. */
  onMove: Asking
  /** Asks whether to delete for good. */
  onDestroy: Asking
}

/** What one does with the messages at hand, and which of it one may. */
export function useDeeds({ route, view, hand, selection, actions, onMove, onDestroy }: Scene): { deeds: Deeds; may: Abilities } {
  const isWide = useMedia(wide)
  const { open } = route
  const role = view.mailbox?.role
  const targets = () => actions.messages(hand.rows(), view.box)

  /** Does something by which what was at hand goes away from here: what is open closes, or the next one opens. */
  const leave = (act: Asking, when: 'now' | 'done' = 'now') => {
    const list = targets()
    if (list.length === 0) return
    const goes = open && list.some(({ account, email }) => account === open.account && email.threadId === open.thread)
    const { rows } = view
    const next = goes && isWide && hand.chosen.length === 0 ? (rows.at(selection.active + 1) ?? rows.at(selection.active - 1)) : undefined
    const gone = () => {
      selection.clear()
      if (!goes) return
      if (next && !hand.isOpen(next)) hand.openRow(next)
      else hand.close()
    }
    act(list, gone)
    if (when === 'now') gone()
  }
  const keep = (act: (targets: Targets) => void) => () => {
    act(targets())
    selection.clear()
  }
  const toTrash = (list: Targets) => void actions.moveToRole(list, 'trash', view.box).then((found) => !found && onDestroy(list, () => {}))
  const destroys = role === 'trash' && !route.search
  const deeds: Deeds = {
    archive: () => leave((list) => void actions.moveToRole(list, 'archive', view.box)),
    remove: () => (destroys ? leave(onDestroy, 'done') : leave(toTrash)),
    junk: () => leave((list) => void actions.moveToRole(list, 'junk', view.box)),
    move: () => leave(onMove, 'done'),
    read: keep((list) => actions.markRead(list, 'read')),
    unread: keep((list) => {
      actions.markRead(list, 'unread')
      if (open && hand.chosen.length === 0) hand.close()
    }),
    flag: keep((list) => actions.flag(list, list.every(({ email }) => email.keywords['$flagged']) ? 'unflagged' : 'flagged')),
    unflag: keep((list) => actions.flag(list, 'unflagged')),
  }
  const inboxes = useInboxes(hand.rows())
  const may = useAbilities(view.mailbox ? [view.mailbox] : inboxes)
  return { deeds, may }
}

/** The same deeds by their names: of use where the buttons are not to be made anew each time. */
export function deedsBy(perform: (name: keyof Deeds) => void): Deeds {
  const deed = (name: keyof Deeds) => () => perform(name)
  return {
    archive: deed('archive'), remove: deed('remove'), junk: deed('junk'), move: deed('move'),
    read: deed('read'), unread: deed('unread'), flag: deed('flag'), unflag: deed('unflag'),
  }
}

/** The inbox of each account that rows are of. */
function useInboxes(refs: readonly Ref[]): Mailbox[] {
  const store = useStore()
  return [...new Set(refs.map((ref) => ref.account))].flatMap((account) => byRole(store.table(account, 'Mailbox').all(), 'inbox') ?? [])
}

/** What the rights in every folder concerned allow; the same object as long as it is that. */
function useAbilities(boxes: readonly Mailbox[]): Abilities {
  const all = (right: 'mayRemoveItems' | 'maySetSeen' | 'maySetKeywords') => boxes.length > 0 && boxes.every((m) => m.myRights[right])
  const [remove, seen, flag] = [all('mayRemoveItems'), all('maySetSeen'), all('maySetKeywords')]
  return useMemo(() => ({ archive: remove, remove, seen, flag }), [remove, seen, flag])
}
