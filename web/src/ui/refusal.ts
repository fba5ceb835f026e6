import type { MessageId, Text } from '../i18n/text.ts'
import { JMAPError } from '../jmap/error.ts'
import { failureText } from '../mail/actions.ts'
import { type Labels, worded } from './worded.ts'

/** What a form calls the parts of its request. */
export type FieldTexts = Readonly<Record<string, MessageId>>

export function labelsOf(fields: FieldTexts, t: Text): Labels {
  return (name) => (Object.hasOwn(fields, name) ? t(fields[name]!) : undefined)
}

/** Why something was not done: in the words of the server where it has some, beginning with a capital. */
export function refusalOf(error: unknown, t: Text, fields?: FieldTexts): string {
  if (!(error instanceof JMAPError) || !error.description || error.kind === 'offline' || error.type === 'serverFail') return failureText(error, t)
  const words = worded(error, undefined, fields && labelsOf(fields, t))
  return words.charAt(0).toLocaleUpperCase() + words.slice(1)
}
