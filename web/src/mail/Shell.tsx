import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useText, withTexts } from '../i18n/text.ts'
import type { Mailbox } from '../jmap/types.ts'
import { rooms } from '../rooms.ts'
import type { Person } from '../session/answer.ts'
import { useAccounts, useMailboxes, useStore } from '../store/hooks.ts'
import type { Ref } from '../store/query.ts'
import { Blank } from '../ui/Blank.tsx'
import { Button, IconButton } from '../ui/Button.tsx'
import { Icon } from '../ui/Icon.tsx'
import { useSteady } from '../ui/steady.ts'
import { AccountMenu } from './AccountMenu.tsx'
import { MailActions, type Targets } from './actions.ts'
import { Writing } from '../compose/Writing.tsx'
import { write } from '../compose/write.ts'
import { byRole } from './folder.ts'
import { Folders } from './Folders.tsx'
import { MailView } from './MailView.tsx'
import { DestroyDialog, loadParts, MoveDialog, ShortcutSheet } from './parts.ts'
import { formatRoute, go, type Route, useRoute } from './route.ts'
import { SearchBox } from './SearchBox.tsx'
import { useShortcuts } from './shortcuts.ts'
import { useMailView } from './useMailView.ts'
import { Watcher } from '../team/Watcher.tsx'
import { undoLast } from '../ui/toast.tsx'

const ShareDialog = lazy(() => withTexts(() => import('../sharing/ShareDialog.tsx')))

interface Props {
  person: Person
  /** The server cannot be reached: what is shown was last known. */
  offline: boolean
  onSignOut: () => void
}

/** A window over the mail: at most one at a time. */
type Window = { is: 'shortcuts' } | { is: 'share'; account: string; mailbox: string | null } | { is: 'move' | 'destroy'; targets: Targets; done: () => void } | null

/** The mail: folders, a list, a conversation. */
export function Shell({ person, offline, onSignOut }: Props) {
  const t = useText()
  const store = useStore()
  const accounts = useAccounts()
  const route = useStartingRoute()
  const view = useMailView(route)
  const actions = useMemo(() => new MailActions(store, t), [store, t])
  const [window, setWindow] = useState<Window>(null)
  const [menu, setMenu] = useState(false)
  const dragged = useRef<readonly Ref[]>([])
  const close = () => setWindow(null)
  const room = route.place?.kind === 'room' ? route.place : undefined
  const Room = room && rooms[room.room]
  const mail = useLastMail(route)
  const box = view?.box ?? (() => undefined)
  const showShortcuts = useSteady(() => setWindow({ is: 'shortcuts' }))
  const leave = useSteady(onSignOut)

  const dropped = useCallback(
    (account: string, mailbox: Mailbox) => {
      const targets = actions.messages(dragged.current, box)
      void actions.move(targets, account, mailbox, box)
    },
    // box is made of the route anew each time.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [actions, route],
  )

  useEffect(loadParts, [])

  useEffect(() => {
    if (room) return // it has titles of its own
    document.title = view ? `${view.title}${view.subtitle ? ` · ${view.subtitle}` : ''}` : 'Postroom'
  }, [room, view?.title, view?.subtitle, view])

  useShortcuts({
    '?': () => setWindow({ is: 'shortcuts' }),
    '/': () => document.querySelector<HTMLElement>('[data-search-input]')?.focus(),
    'z': () => void undoLast(),
    'c': () => write({ kind: 'new', account: view?.account }),
    'g a': () => go({ place: { kind: 'inboxes' }, search: '', open: null }),
    'g i': () => goToInbox(view?.account ?? accounts[0]?.id),
    'g f': () => document.querySelector<HTMLElement>('.folders [aria-current], .folders a')?.focus(),
    'g l': () => document.querySelector<HTMLElement>('[data-focus-list]')?.focus(),
  })

  function goToInbox(account: string | undefined) {
    const inbox = account ? byRole(store.table(account, 'Mailbox').all(), 'inbox') : undefined
    if (account && inbox) go({ place: { kind: 'folder', account, mailbox: inbox.id }, search: '', open: null })
  }

  return (
    <div className="shell" onKeyDown={(event) => menu && event.key === 'Escape' && setMenu(false)} data-menu={menu || undefined} data-open={route.open ? true : undefined}>
      <a className="skip" href="#list" onClick={(event) => (event.preventDefault(), document.querySelector<HTMLElement>('[data-focus-list]')?.focus())}>
        {t(room ? 'ui.toContent' : 'mail.toList')}
      </a>
      <header className="topbar">
        {room ? (
          <IconButton icon="back" label={t('ui.back')} onPress={() => (room.page ? go({ ...route, place: { ...room, page: room.page.replace(/\/?[^/]*$/, '') } }) : go(mail))} />
        ) : (
          <IconButton icon="menu" label={t('mail.folders')} onPress={() => setMenu(!menu)} aria-expanded={menu} />
        )}
        <span className="brand">Postroom</span>
        <SearchBox search={route.search} onSearch={(search) => go({ ...route, place: room ? { kind: 'inboxes' } : (route.place ?? { kind: 'inboxes' }), search, open: null }, route.search ? 'replace' : 'push')} />
        <span className="write-phone">
          <IconButton icon="draft" label={t('compose.new')} onPress={() => write({ kind: 'new', account: view?.account })} />
        </span>
        <AccountMenu person={person} onShortcuts={showShortcuts} onSignOut={leave} />
      </header>
      <div className="offline" role="status">
        {offline && (
          <p>
            <Icon name="cloudOff" />
            {t('mail.offline')}
          </p>
        )}
      </div>
      {Room ? (
        <Suspense fallback={<Blank icon="refresh" title={t('ui.loading')} />}>
          <Room page={room.page} person={person} back={formatRoute(mail)} />
        </Suspense>
      ) : (
        <>
          <div className="sidebar">
            <div className="write-new">
              <Button kind="main" shortcut="c" onPress={() => (setMenu(false), write({ kind: 'new', account: view?.account }))}>
                <Icon name="draft" />
                {t('compose.new')}
              </Button>
            </div>
            <Folders place={route.place} onDrop={dropped} onChoose={() => setMenu(false)} onShare={(account, mailbox) => setWindow({ is: 'share', account, mailbox })} />
          </div>
          {menu && <button type="button" className="sidebar-scrim" aria-label={t('ui.close')} onClick={() => setMenu(false)} />}
          <main className="content" tabIndex={-1}>
            {view ? (
              <MailView
                key={view.account ?? 'inboxes'}
                route={route}
                view={view}
                actions={actions}
                onMove={(targets, done) => setWindow({ is: 'move', targets, done })}
                onDestroy={(targets, done) => setWindow({ is: 'destroy', targets, done })}
                onDrag={(rows) => (dragged.current = rows)}
              />
            ) : (
              <Blank icon="folder" title={t(accounts.length === 0 ? 'mail.noAccounts' : 'mail.noSuchFolder')}>
                {accounts.length > 0 && (
                  <Button kind="line" onPress={() => goToInbox(accounts[0]?.id)}>
                    {t('mail.toInbox')}
                  </Button>
                )}
              </Blank>
            )}
          </main>
        </>
      )}
      <Writing />
      <Watcher route={route} />
      {/* What is typed while a window is on its way is meant for it: keys do nothing else. */}
      <Suspense fallback={<div role="dialog" aria-busy="true" aria-label={t('ui.loading')} />}>
        {window?.is === 'share' && <ShareDialog account={window.account} mailbox={window.mailbox} onClose={close} />}
        {window?.is === 'shortcuts' && <ShortcutSheet onClose={close} />}
        {window?.is === 'move' && <MoveDialog account={window.targets[0]?.account} onClose={close} onMove={(account, mailbox) => (void actions.move(window.targets, account, mailbox, box), window.done())} />}
        {window?.is === 'destroy' && <DestroyDialog count={window.targets.length} onClose={close} onDestroy={() => (void actions.destroy(window.targets), window.done())} />}
      </Suspense>
    </div>
  )
}

/** Where one was in the mail before a room was entered. */
function useLastMail(route: Route): Route {
  const [last, setLast] = useState<Route>({ place: null, search: '', open: null })
  if (route.place?.kind !== 'room' && route !== last) setLast(route)
  return last
}

/** The route; without one, the inbox of one's own mailbox. */
function useStartingRoute(): Route {
  const route = useRoute()
  const accounts = useAccounts()
  const first = accounts[0]?.id
  const inbox = byRole(useMailboxes(first), 'inbox')
  const start = route.place === null && first && inbox ? inbox.id : undefined
  useEffect(() => {
    if (start && first) go({ place: { kind: 'folder', account: first, mailbox: start }, search: route.search, open: null }, 'replace')
  }, [start, first, route.search])
  return route
}
