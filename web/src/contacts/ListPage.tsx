import { useLingui } from '@lingui/react'
import { useCallback } from 'react'
import { write } from '../compose/write.ts'
import { useText } from '../i18n/text.ts'
import type { Id } from '../jmap/types.ts'
import { plain } from '../mail/person.ts'
import { useStore } from '../store/hooks.ts'
import { Blank } from '../ui/Blank.tsx'
import { Button } from '../ui/Button.tsx'
import { Icon } from '../ui/Icon.tsx'
import { LoadedBlank } from '../ui/LoadedBlank.tsx'
import { refusalOf } from '../ui/refusal.ts'
import { tell, tellFailure } from '../ui/toast.tsx'
import { useLoaded } from '../ui/useLoaded.ts'
import { Gives } from './Gives.tsx'
import { changeGroup, type FullGroup, groupName, type GroupRequest, loadGroup } from './group.ts'
import { ListMembers } from './ListMembers.tsx'
import { ListSettings } from './ListSettings.tsx'
import { Membership } from './Membership.tsx'
import { Requests } from './Requests.tsx'
import { useNews } from './useNews.ts'

interface Props {
  id: Id
  me: string
  requests: readonly GroupRequest[]
  /** Something changed that the list of lists tells. */
  onChange: () => Promise<void>
}

/** What a page of a list can change. */
export interface ListProps {
  group: FullGroup
  me: string
  /** Changes the list and tells it; with undo, with a way back. Throws why not. */
  change: (patch: Record<string, unknown>, told: string, undo?: Record<string, unknown>) => Promise<void>
  /** change, for what has no place of its own to say why not. */
  attempt: (patch: Record<string, unknown>, told: string, undo?: Record<string, unknown>) => void
}

/** One list: what membership gives, who is in it, and for its owners how it works. */
export function ListPage({ id, me, requests, onChange }: Props) {
  const t = useText()
  const store = useStore()
  const { i18n } = useLingui()
  const load = useCallback(async () => ({ group: await loadGroup(store, id, i18n.locale) }), [store, id, i18n.locale])
  const loaded = useLoaded(load)
  useNews(loaded.reload)
  const reload = async () => void (await Promise.all([loaded.reload(), onChange()]))

  const change: ListProps['change'] = async (patch, told, undo) => {
    await changeGroup(store, id, patch)
    tell(told, undo && (() => attempt(undo, t('contacts.undone'))))
    await reload()
  }
  const attempt: ListProps['attempt'] = (patch, told, undo) => {
    change(patch, told, undo).catch((error: unknown) => {
      tellFailure(refusalOf(error, t))
      void reload()
    })
  }

  if (!loaded.value) return <LoadedBlank of={loaded} />
  const { group } = loaded.value
  if (!group) return <Blank icon="team" title={t('contacts.noSuchList')} />
  const props: ListProps = { group, me, change, attempt }
  const name = plain(groupName(group))
  return (
    <>
      <header className="page-head contact-head">
        <div>
          <h2>{name}</h2>
          <p className="quiet">
            <bdi>{plain(group.email)}</bdi>
            {group.memberCount !== null && ` · ${t('contacts.memberCount', { count: group.memberCount })}`}
            {group.isHidden && ` · ${t('contacts.hidden')}`}
          </p>
        </div>
        <Button kind="line" onPress={() => write({ kind: 'new', account: undefined, to: [{ name: group.name || null, email: group.email }] })}>
          <Icon name="draft" />
          {t('contacts.write')}
        </Button>
      </header>
      <Requests requests={requests.filter((r) => r.mayDecide)} onAnswer={reload} />
      {group.gives && <Gives gives={group.gives} own={!group.mayManage} />}
      <Membership group={group} requests={requests.filter((r) => r.isMine)} onChange={reload} />
      <ListMembers {...props} />
      {group.mayManage && <ListSettings {...props} />}
    </>
  )
}
