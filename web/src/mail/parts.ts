import { lazy } from 'react'

/*
 * Parts of the mail that are not needed to show a list. They are loaded when the
 * page has nothing else to do, so that they are here when they are needed.
 */

const loaders = {
  html: () => import('./html.ts'),
  move: () => import('./MoveDialog.tsx'),
  shortcuts: () => import('./ShortcutSheet.tsx'),
  destroy: () => import('./DestroyDialog.tsx'),
}

export const MoveDialog = lazy(loaders.move)
export const ShortcutSheet = lazy(loaders.shortcuts)
export const DestroyDialog = lazy(loaders.destroy)

/** What makes HTML of messages harmless. */
export const cleaner = loaders.html

/** Loads the parts once the page is idle. What cannot be loaded now is loaded when it is needed. */
export function loadParts(): () => void {
  const load = () => Object.values(loaders).forEach((loader) => void loader().catch(() => {}))
  // Safari has no idle time to tell of.
  if (!('requestIdleCallback' in window)) {
    const timer = setTimeout(load, 2000)
    return () => clearTimeout(timer)
  }
  const handle = requestIdleCallback(load, { timeout: 5000 })
  return () => cancelIdleCallback(handle)
}
