import { useSyncExternalStore } from 'react'

/** Small things this browser keeps about how mail is shown; nothing of the mail itself. */
interface Preferences {
  /** Accounts left out of "All inboxes". */
  leftOut: readonly string[]
  /** Accounts whose folders are folded away. */
  folded: readonly string[]
  /** Whether a letter alone does something. */
  singleKeys: boolean
}

const kept = 'postroom.mail'
const empty: Preferences = { leftOut: [], folded: [], singleKeys: true }
const listeners = new Set<() => void>()
let current: Preferences | undefined

function read(): Preferences {
  if (current) return current
  try {
    const value = JSON.parse(localStorage.getItem(kept) ?? '{}') as Partial<Preferences>
    const list = (x: unknown) => (Array.isArray(x) ? x.filter((y) => typeof y === 'string') : [])
    current = { leftOut: list(value.leftOut), folded: list(value.folded), singleKeys: value.singleKeys !== false }
  } catch {
    current = empty
  }
  return current
}

/** What is kept now, for what is no component. */
export function preferences(): Preferences {
  return read()
}

export function setPreference<K extends keyof Preferences>(key: K, value: Preferences[K]): void {
  current = { ...read(), [key]: value }
  localStorage.setItem(kept, JSON.stringify(current))
  for (const listener of listeners) listener()
}

export function usePreferences(): Preferences {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }, read)
}
