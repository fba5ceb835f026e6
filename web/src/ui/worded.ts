import type { JMAPError } from '../jmap/error.ts'
import { plain } from '../mail/person.ts'

/**
 * The refusals that a person meets by clicking, by the template of the server (docs/jmap.md, "Refusals"), in German. {0} is the first
 * value. What is not here is said in the words of the server.
 */
export const german: Readonly<Record<string, string>> = {
  '%s already exists: %s': 'Das gibt es schon: {1}',
  '%s belongs to another organisation': '{0} gehört zu einer anderen Organisation',
  '%s cannot read this conversation': '{0} darf diese Unterhaltung nicht lesen',
  '%s has a character that is not allowed': 'Ein Zeichen darin ist nicht erlaubt',
  '%s is a member of %s already': '{0} ist schon Mitglied von {1}',
  '%s is the owner and has all rights': '{0} gehört das Postfach, mit allen Rechten',
  '%s is too long': 'Das ist zu lang',
  '%s may send as itself already': '{0} darf schon als {0} senden',
  'a mailbox cannot be moved into itself': 'Ein Ordner kann nicht in sich selbst verschoben werden',
  'a mailbox or share with this name is there already: %s': 'Einen Ordner oder eine Freigabe mit diesem Namen gibt es schon: {0}',
  'a message can be held for %d days at most': 'Eine Nachricht kann höchstens {0} Tage zurückgehalten werden',
  'a note may have %d bytes': 'Die Notiz ist zu lang: Höchstens {0} Byte sind möglich',
  'a note may mention %d people': 'In einer Notiz können höchstens {0} Personen erwähnt werden',
  'a note needs a text': 'Eine Notiz braucht einen Text',
  'a conversation may have %d notes': 'Eine Unterhaltung kann höchstens {0} Notizen haben',
  'a sender is answered again after 1 to %d days': 'Ein Absender erhält nach 1 bis {0} Tagen wieder eine Antwort',
  'already there: %s has %s on %s': 'Das gibt es schon: {0} hat dieses Recht an {2}',
  'already there: %s has these rights on %s': 'Das gibt es schon: {0} hat diese Rechte an {1}',
  'already there: they have rights of their own on %s': 'Eigene Rechte an {0} gibt es dort schon',
  'answers go to at most %d addresses': 'Antworten können an höchstens {0} Adressen gehen',
  'bad mailbox name': 'Dieser Ordnername ist nicht möglich',
  'bad mailbox name: %s': 'Dieser Ordnername ist nicht möglich: {0}',
  'mailbox full: %s': 'Das Postfach ist voll: {0}',
  'mailbox name is too long': 'Der Ordnername ist zu lang',
  'mailbox name has a character that is not allowed: %s': 'Ein Zeichen im Ordnernamen ist nicht erlaubt: {0}',
  'mail is forwarded to %d addresses at most': 'Nachrichten werden an höchstens {0} Adressen weitergeleitet',
  'the automatic reply has no text': 'Die automatische Antwort hat keinen Text',
  'the automatic reply has no text for senders outside': 'Die automatische Antwort für Absender von außen hat keinen Text',
  'the automatic reply would end before it begins': 'Die automatische Antwort würde enden, bevor sie beginnt',
  'the end of the automatic reply is in the past': 'Das Ende der automatischen Antwort liegt in der Vergangenheit',
  'the mailbox exists already: %s': 'Diesen Ordner gibt es schon: {0}',
  'the mailbox has others below it: %s': 'Unter diesem Ordner liegen andere: {0}',
  'the mailbox has this name already': 'Der Ordner heißt schon so',
  'the mailbox is full': 'Das Postfach ist voll',
  'the members of %s come from its filter': 'Die Mitglieder von {0} bestimmt ein Filter',
  'the message has left': 'Die Nachricht ist schon unterwegs',
  'the message is larger than %d MB': 'Die Nachricht ist größer als {0} MB',
  'the message is larger than the %d bytes that the plan %s allows': 'Die Nachricht ist größer als die {0} Byte, die der Tarif {1} erlaubt',
  'the message to replace is gone': 'Die Nachricht, die ersetzt werden soll, gibt es nicht mehr',
  'the name is empty': 'Der Name fehlt',
  'the request has been answered already or has expired: %s': 'Die Anfrage ist schon beantwortet oder abgelaufen: {0}',
  'the signature is too long': 'Die Signatur ist zu lang',
  'the text of the reply is too long': 'Der Text der Antwort ist zu lang',
  'the time at which it ends is over': 'Das Ende liegt in der Vergangenheit',
  'the time is in the past: %s': 'Der Zeitpunkt liegt in der Vergangenheit: {0}',
  'there are more than %d shares': 'Es gibt mehr als {0} Freigaben',
  'this mailbox cannot be deleted: %s': 'Dieser Ordner kann nicht gelöscht werden: {0}',
  'this mailbox cannot be renamed: %s': 'Dieser Ordner kann nicht umbenannt werden: {0}',
  'this name is taken: %s': 'Dieser Name ist vergeben: {0}',
  'too many addresses': 'Das sind zu viele Adressen',
  'too many attempts: wait a while and try again': 'Zu viele Versuche: Warten Sie eine Weile und versuchen Sie es dann noch einmal',
  'too many mailboxes': 'Es gibt zu viele Ordner',
  'too many members at once': 'Das sind zu viele Mitglieder auf einmal',
  'too many requests to %s are open': 'Zu viele Anfragen an {0} sind offen',
  'too much was uploaded in the last day': 'An einem Tag wurde zu viel hochgeladen',
  'a name is not empty and has no slash': 'Ein Name ist nicht leer und hat keinen Schrägstrich',
  'no such identity: you may not send as it, or not any more': 'Als diese Adresse dürfen Sie nicht oder nicht mehr senden',
  'this mailbox keeps its name and place': 'Dieser Ordner behält seinen Namen und Platz',
  'no such mailbox': 'Diesen Ordner gibt es nicht',
  'no such principal': 'Diese Person oder Gruppe gibt es nicht',
  'no such thread': 'Diese Unterhaltung gibt es nicht',
}

/** What the server says of a refusal, in the language of the page as far as that is known. */
export function worded(error: JMAPError, language = document.documentElement.lang): string {
  const { template, values = [] } = error.reason ?? { template: error.description }
  const text = language.startsWith('de') && Object.hasOwn(german, template) ? german[template] : undefined
  return plain(text === undefined ? error.description : text.replaceAll(/\{(\d)\}/g, (_, n: string) => values[Number(n)] ?? ''))
}
