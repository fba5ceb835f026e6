import { lazy, Suspense } from 'react'
import type { Id } from '../jmap/types.ts'
import { useShared } from './hooks.ts'

const Notes = lazy(() => import('./Notes.tsx'))

/** The notes about a conversation, where several people work on it. */
export function NotesBelow({ account, thread }: { account: Id; thread: Id }) {
  if (!useShared(account)) return null
  return (
    <Suspense fallback={null}>
      <Notes account={account} thread={thread} />
    </Suspense>
  )
}
