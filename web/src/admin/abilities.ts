import { createContext, useContext } from 'react'

/** What the server says one administers; it decides again with each request. */
export const AbilitiesContext = createContext<readonly string[]>([])

/** Whether something is of any use to who is signed in: with one of these abilities it may be. */
export function useMay(...abilities: readonly string[]): boolean {
  const mine = useContext(AbilitiesContext)
  return abilities.some((ability) => mine.includes(ability))
}
