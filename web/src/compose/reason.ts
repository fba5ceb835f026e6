import type { Text } from '../i18n/text.ts'
import { failureText } from '../mail/actions.ts'
import { plain } from '../mail/person.ts'
import { JMAPError } from '../jmap/error.ts'
import { worded } from '../ui/worded.ts'
import { Refusal } from './send.ts'

/** Why something did not work, in words: the server's where it has some. */
export function reasonOf(error: unknown, t: Text): string {
  if (error instanceof Refusal) {
    if (error.type === 'noRecipients') return t('compose.noRecipients')
    if (error.addresses.length > 0) return t('compose.addressBad', { addresses: error.addresses.map(plain).join(', ') })
    return worded(error) || t('ui.denied')
  }
  if (error instanceof JMAPError && error.description && error.kind !== 'offline' && error.kind !== 'fault') return worded(error)
  return failureText(error, t)
}
