import { useSyncExternalStore } from 'react'

export type Density = 'comfortable' | 'compact'

const kept = 'postroom.density'
const listeners = new Set<() => void>()

/** How much stands on a screen. */
export function density(): Density {
  return localStorage.getItem(kept) === 'compact' ? 'compact' : 'comfortable'
}

export function applyDensity(value: Density = density()): void {
  if (value === 'compact') document.documentElement.dataset['density'] = value
  else delete document.documentElement.dataset['density']
}

export function chooseDensity(value: Density): void {
  if (value === 'compact') localStorage.setItem(kept, value)
  else localStorage.removeItem(kept)
  applyDensity(value)
  for (const listener of listeners) listener()
}

export function useDensity(): Density {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }, density)
}
