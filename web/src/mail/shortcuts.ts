import { useLayoutEffect, useRef } from 'react'
import type { MessageId } from '../i18n/text.ts'
import { preferences } from './preferences.ts'

/** Every key that does something, in the order the sheet shows them. `g i` is one key after the other. */
export const shortcuts = {
  'j': 'mail.key.next',
  'k': 'mail.key.previous',
  'Enter': 'mail.key.open',
  'Escape': 'mail.key.close',
  'x': 'mail.key.choose',
  '*': 'mail.key.chooseAll',
  'c': 'compose.key.new',
  'r': 'compose.key.reply',
  'a': 'compose.key.replyAll',
  'f': 'compose.key.forward',
  'e': 'mail.key.archive',
  '#': 'mail.key.delete',
  '!': 'mail.key.junk',
  'v': 'mail.key.move',
  's': 'mail.key.flag',
  'u': 'mail.key.unread',
  'i': 'mail.key.read',
  'm': 'team.key.take',
  'p': 'team.key.assign',
  'd': 'team.key.done',
  'w': 'team.key.waiting',
  'n': 'team.key.note',
  'z': 'mail.key.undo',
  '/': 'mail.key.search',
  'g i': 'mail.key.inbox',
  'g a': 'mail.key.inboxes',
  'g m': 'team.key.mine',
  'g u': 'team.key.unassigned',
  'g f': 'mail.key.folders',
  'g l': 'mail.key.list',
  '?': 'mail.key.help',
} as const satisfies Record<string, MessageId>

export type Key = keyof typeof shortcuts

/** How long the second key of two may take, in milliseconds. */
const patience = 1500

/** What works when letters alone do nothing (WCAG 2.1.4): who speaks to a computer says many of them. */
export const always: ReadonlySet<string> = new Set(['Enter', 'Escape'])

/** Runs what a key stands for, unless somebody is typing or a window is open. */
export function useShortcuts(run: Partial<Record<Key, () => void>>): void {
  const latest = useRef(run)
  useLayoutEffect(() => {
    latest.current = run
  })
  // From the moment the page shows: a key pressed then is not lost.
  useLayoutEffect(() => {
    let before = ''
    let timer: ReturnType<typeof setTimeout> | undefined
    const heard = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || busy(event)) return
      if (!always.has(event.key) && !preferences().singleKeys) return
      const pair = `${before} ${event.key}`
      const key = (before !== '' && pair in shortcuts ? pair : event.key) as Key
      clearTimeout(timer)
      before = event.key === 'g' ? 'g' : ''
      timer = setTimeout(() => (before = ''), patience)
      const act = latest.current[key]
      if (!act) return
      event.preventDefault()
      act()
    }
    document.addEventListener('keydown', heard)
    return () => {
      document.removeEventListener('keydown', heard)
      clearTimeout(timer)
    }
  }, [])
}

function busy(event: KeyboardEvent): boolean {
  const target = event.target as Element
  if (document.querySelector('[role="dialog"], [role="menu"]')) return true
  if (target.closest('input, textarea, select, [contenteditable="true"]')) return true
  return event.key === 'Enter' && target.closest('a, button, [data-focus-list]') !== null
}
