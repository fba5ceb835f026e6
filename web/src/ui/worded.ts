import type { JMAPError, Reason } from '../jmap/error.ts'
import { plain } from '../mail/person.ts'

/** How refusals are said in another language than the server's. */
export interface Wording {
  /** By the template of the server; {0} is its first value. */
  refusals: Readonly<Record<string, string>>
  /** Values that are words, not names. */
  values: Readonly<Record<string, string>>
  /** Times among the values are written as it is done there. */
  locale: string
}

/** A time of the server, in UTC: RFC 3339, or with a space. */
const time = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?Z?$/

function wordedTime(value: string, locale: string): string {
  const at = new Date(`${value.replace(' ', 'T').replace(/Z$/, '')}Z`)
  return Number.isNaN(at.getTime()) ? value : new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' }).format(at)
}

let current: Wording | undefined

/** From now on refusals are said so; without a wording, as the server says them. */
export function wordBy(wording: Wording | undefined): void {
  current = wording
}

/** What a form calls the parts of a request, by the name that they have there. */
export type Labels = (name: string) => string | undefined

/** What a part of a request is called: as the form has it, or else where it is in the request. */
function placeOf(location: string, labels: Labels | undefined): string {
  const name = location.split('.').at(-1)!.replace(/\[\d+\]$/, '')
  return labels?.(name) ?? plain(location)
}

/** What the server says of a refusal, in the language of the page as far as that is known, with the names that the form has for its parts. */
export function worded(error: Pick<JMAPError, 'description' | 'reason'> & Partial<Pick<JMAPError, 'faults'>>, wording: Wording | undefined = current, labels?: Labels): string {
  const { reason, description, faults = [] } = error
  if (faults.length === 0 || (!wording && !labels)) return wordedReason(reason, description, wording, labels)
  const parts = faults.map((fault) => `${wordedReason(fault.reason, fault.detail, wording, labels)} (${placeOf(fault.location, labels)})`)
  return `${wordedReason(reason, reason?.template ?? '', wording)}: ${parts.join('; ')}`
}

/** What of the server's texts names a part of the request by a value. */
const naming = new Set(['expected required property %s to be present', 'cannot be set: %s', 'cannot be changed: %s', 'not a value of %s', 'wrong type: %s'])

/** A text of the server that was made of a reason. */
export function wordedReason(reason: Reason | undefined, text: string, wording: Wording | undefined = current, labels?: Labels): string {
  const { template, values = [] } = reason ?? { template: text }
  if (!wording || !Object.hasOwn(wording.refusals, template)) return plain(text)
  const word = (value: string) => (naming.has(template) && labels?.(value)) || wordedValue(value, wording)
  return plain(wording.refusals[template]!.replaceAll(/\{(\d)\}/g, (_, n: string) => word(values[Number(n)] ?? '')))
}

function wordedValue(value: string, wording: Wording): string {
  return time.test(value) ? wordedTime(value, wording.locale) : value.split(': ').map((part) => (Object.hasOwn(wording.values, part) ? wording.values[part]! : part)).join(': ')
}
