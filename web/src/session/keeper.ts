import { createContext, useContext } from 'react'
import type { SessionKeeper } from './session.ts'

export const KeeperContext = createContext<SessionKeeper | null>(null)

export function useKeeper(): SessionKeeper {
  const keeper = useContext(KeeperContext)
  if (!keeper) throw new Error('nobody is signed in')
  return keeper
}
