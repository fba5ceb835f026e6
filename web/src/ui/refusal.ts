import type { Text } from '../i18n/text.ts'
import { JMAPError } from '../jmap/error.ts'
import { failureText } from '../mail/actions.ts'
import { worded } from './worded.ts'

/** Why something was not done: in the words of the server where it has some, beginning with a capital. */
export function refusalOf(error: unknown, t: Text): string {
  if (!(error instanceof JMAPError) || !error.description || error.kind === 'offline' || error.type === 'serverFail') return failureText(error, t)
  const words = worded(error)
  return words.charAt(0).toLocaleUpperCase() + words.slice(1)
}
