import { type ReactNode, useEffect, useLayoutEffect, useMemo, useState } from 'react'
import { Menu, MenuItem, MenuTrigger, Popover, Separator, Text } from 'react-aria-components'
import { useText } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import { useStore } from '../store/hooks.ts'
import { Icon, type IconName } from '../ui/Icon.tsx'
import { KeyHint } from '../ui/key.tsx'
import { reasonText, TeamActions, type ThreadRef } from './actions.ts'
import { Face, nameOf } from './Face.tsx'
import { useTeam } from './hooks.ts'
import { onAsk } from './signals.ts'
import { type Person, type Status, statuses } from './work.ts'

export const statusIcons: Record<Status, IconName> = { open: 'circle', waiting: 'clock', done: 'check' }

export function useTeamActions(): TeamActions {
  const t = useText()
  const store = useStore()
  const team = useTeam()
  return useMemo(() => new TeamActions(store, team, t), [store, team, t])
}

interface Props {
  threads: readonly ThreadRef[]
  /** The button. */
  children: ReactNode
}

/** Where conversations stand, to be chosen. */
export function StatusMenu({ threads, chosen, children }: Props & { chosen?: Status }) {
  const t = useText()
  const actions = useTeamActions()
  return (
    <MenuTrigger>
      {children}
      <Popover className="popover" placement="bottom start">
        <Menu className="menu" aria-label={t('team.status')} selectionMode="single" selectedKeys={chosen ? [chosen] : []} onAction={(key) => key !== chosen && actions.setStatus(threads, key as Status)}>
          {statuses.map((status) => (
            <MenuItem key={status} id={status} className="menu-item" textValue={t(`team.status.${status}`)}>
              <Icon name={statusIcons[status]} />
              <Text slot="label">{t(`team.status.${status}`)}</Text>
              {status !== 'open' && <KeyHint of={status === 'done' ? 'd' : 'w'} />}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}

/** Whose conversations are to be, among those who can read them. */
export function AssignMenu({ threads, chosen, children }: Props & { chosen?: string | null }) {
  const t = useText()
  const team = useTeam()
  const actions = useTeamActions()
  const [open, setOpen] = useState(false)
  const [people, setPeople] = useState<readonly Person[] | null>(null)
  const [fault, setFault] = useState<unknown>(null)
  const { account, thread } = threads[0] ?? { account: '', thread: '' }
  useLayoutEffect(() => onAsk('assign', () => setOpen(true)), [])
  useEffect(() => {
    if (!open) return
    let over = false
    setFault(null)
    team.colleagues(account, thread).then((list) => !over && setPeople(list), (error: unknown) => !over && setFault(error))
    return () => {
      over = true
    }
  }, [open, team, account, thread])
  const me = team.me.address
  return (
    <MenuTrigger isOpen={open} onOpenChange={setOpen}>
      {children}
      <Popover className="popover" placement="bottom start">
        {people === null ? (
          <p className="menu-note quiet" role="status">
            {fault === null ? t('ui.loading') : reasonText(fault, t)}
          </p>
        ) : (
          <Menu
            className="menu"
            aria-label={t('team.assign')}
            autoFocus="first"
            selectionMode="single"
            selectedKeys={chosen ? [chosen] : []}
            onAction={(key) => actions.assign(threads, people.find((p) => p.email === key) ?? null)}
          >
            {people.map((person) => (
              <MenuItem key={person.email} id={person.email} className="menu-item" textValue={nameOf(person)}>
                <Face person={person} />
                <Text slot="label" className="cut">
                  <bdi>{nameOf(person)}</bdi>
                </Text>
                <Text slot="description" className="quiet cut menu-aside">
                  {person.email === me ? t('team.me') : plain(person.email)}
                </Text>
                {person.email === me && <KeyHint of="m" />}
              </MenuItem>
            ))}
            <Separator className="separator" />
            <MenuItem id="" className="menu-item" textValue={t('team.nobody')}>
              <Icon name="close" />
              {t('team.nobody')}
            </MenuItem>
          </Menu>
        )}
      </Popover>
    </MenuTrigger>
  )
}
