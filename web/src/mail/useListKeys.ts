import { write } from '../compose/write.ts'
import type { ThreadRef } from '../team/actions.ts'
import { ask } from '../team/signals.ts'
import { toggleMark, type WorkMark } from '../team/work.ts'
import { useTeamActions } from '../team/WorkMenus.tsx'
import { go, type Route } from './route.ts'
import { useShortcuts } from './shortcuts.ts'
import type { Abilities, Deeds } from './Toolbar.tsx'
import type { Hand } from './useHand.ts'
import type { SelectionControl } from './useSelection.ts'

interface Scene {
  route: Route
  hand: Hand
  selection: SelectionControl
  deeds: Deeds
  may: Abilities
  /** The conversations of colleagues that are at hand. */
  threads: () => readonly ThreadRef[]
  /** Whether mailboxes of colleagues are shown. */
  isShared: boolean
}

/** The keys of a list. */
export function useListKeys({ route, hand, selection, deeds, may, threads, isShared }: Scene): void {
  const team = useTeamActions()
  const { open } = route
  const answer = (kind: 'reply' | 'replyAll' | 'forward') => () => {
    const ref = hand.answered()
    if (ref) write({ kind, account: ref.account, email: ref.id })
  }
  const allowed = (ability: keyof Abilities, act: () => void) => () => may[ability] && act()
  const work = (act: (threads: readonly ThreadRef[]) => void) => () => {
    act(threads())
    selection.clear()
  }
  const narrow = (mark: WorkMark) => () => isShared && go({ ...route, work: toggleMark(route.work ?? [], mark), open: null })
  useShortcuts({
    'j': () => hand.step(1),
    'k': () => hand.step(-1),
    'Enter': hand.openActive,
    'Escape': () => (selection.chosen.size > 0 ? selection.clear() : open ? hand.close() : undefined),
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
    'm': work((list) => team.take(list)),
    'd': work((list) => team.toggleStatus(list, 'done')),
    'w': work((list) => team.toggleStatus(list, 'waiting')),
    'p': () => void ask('assign'),
    'n': () => void ask('note'),
    'g m': narrow('mine'),
    'g u': narrow('unassigned'),
  })
}
