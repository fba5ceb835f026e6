import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
let size: number | undefined

/** The size of the text that the person has asked the browser for, in pixels: what 1rem is. */
function textSize(): number {
  size ??= parseFloat(getComputedStyle(document.documentElement).fontSize) || 16
  return size
}

/** Something as large as the text: no event tells of the text itself. */
function watch(): void {
  const probe = document.createElement('span')
  probe.className = 'text-probe'
  probe.ariaHidden = 'true'
  document.body.append(probe)
  new ResizeObserver(() => {
    const before = textSize()
    size = undefined
    if (textSize() !== before) for (const listener of listeners) listener()
  }).observe(probe)
}

/** The size of the text in pixels, also when it changes. */
export function useTextSize(): number {
  return useSyncExternalStore((listener) => {
    if (!document.querySelector('.text-probe')) watch()
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }, textSize)
}
