import { Keyboard } from 'react-aria-components'
import { usePreferences } from '../mail/preferences.ts'

/** A key as it is named beside what it does: not at all when it is a letter alone, and those are turned off (WCAG 2.1.4). */
export function useKey<T extends string>(shortcut: T | undefined): T | undefined {
  const { singleKeys } = usePreferences()
  return singleKeys || (shortcut && shortcut.length > 1) ? shortcut : undefined
}

/** The key that does what an item of a menu does; its description, where its text is `<Text slot="label">`. */
export function KeyHint({ of }: { of: string }) {
  const key = useKey(of)
  return key ? <Keyboard>{key}</Keyboard> : null
}
