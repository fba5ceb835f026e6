import { useText } from '../i18n/text.ts'
import { IconButton } from '../ui/Button.tsx'
import type { ThreadRef } from './actions.ts'
import { AssignMenu, StatusMenu } from './WorkMenus.tsx'

/** What can be done with chosen conversations of a shared mailbox. */
export function TeamTools({ threads }: { threads: readonly ThreadRef[] }) {
  const t = useText()
  if (threads.length === 0) return null
  return (
    <>
      <AssignMenu threads={threads}>
        <IconButton icon="person" label={t('team.assign')} shortcut="p" />
      </AssignMenu>
      <StatusMenu threads={threads}>
        <IconButton icon="check" label={t('team.status')} />
      </StatusMenu>
    </>
  )
}
