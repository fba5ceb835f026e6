import type { MessageId, Text } from '../i18n/text.ts'
import { plain } from '../mail/person.ts'
import type { AccessRights, Grantee, Way } from './wire.ts'

const rights = ['read', 'seen', 'write', 'insert', 'delete', 'workflow', 'administer', 'private', 'freebusy'] as const
const acts = ['sendAs', 'sendOnBehalfOf', 'sendTo', 'own', 'signIn', 'administer organisation', 'administer server'] as const
export const roles = ['none', 'viewer', 'reviewer', 'author', 'editor', 'manager', 'admin'] as const
const effects = ['gives', 'takes', 'blocks', 'overruled by the block', 'hidden', 'cut off', 'expired', 'other organisation', 'account not active', 'address not covered'] as const
const becauses = [
  'the owner has all rights', 'the account is not active', 'a grant of none to the account itself blocks it', 'no grant gives anything',
  'the sum of the grants', 'the sum of the grants, less the negative entries', 'an account may send as itself', 'not an address of the account',
] as const
const kinds = ['person', 'shared', 'resource'] as const
export const recorded = [
  'absence.set', 'access.break-glass', 'account.accept', 'account.convert', 'account.create', 'account.delete', 'account.factor.add', 'account.factor.recovery',
  'account.factor.remove', 'account.invite', 'account.leave', 'account.passkey.add', 'account.passkey.copied', 'account.passkey.remove',
  'account.passkey.rename', 'account.password', 'account.provider.add', 'account.provider.remove', 'account.rename', 'account.session.begin',
  'account.session.confirm', 'account.session.end', 'account.uninvite', 'account.update', 'admin.set', 'alias.add', 'alias.delegable', 'alias.remove',
  'collection.annotate', 'collection.create', 'collection.delete', 'collection.open', 'collection.rename', 'collection.seen', 'domain.create', 'domain.delete',
  'domain.update', 'forwarding.set', 'grant.add', 'grant.inherit', 'grant.remove', 'group.add', 'group.create', 'group.delete', 'group.remove', 'group.rename',
  'group.request', 'group.request.approve', 'group.request.confirm', 'group.request.refuse', 'group.update', 'identity.create', 'identity.delete',
  'identity.follow', 'identity.update', 'message.append', 'message.copy', 'message.delete', 'message.flag', 'message.move', 'message.note', 'message.read',
  'message.search', 'message.send', 'organisation.create', 'organisation.delete', 'organisation.update', 'organisation.wording', 'plan.create', 'plan.delete',
  'plan.update', 'queue.delete', 'queue.hold', 'queue.release', 'queue.retry', 'review.cancel', 'review.confirm', 'review.end', 'review.postpone',
  'review.remind', 'review.start', 'sendright.add', 'sendright.remove', 'server.backup', 'server.restore', 'session.act', 'session.open', 'share.accept',
  'share.decline',
] as const
/** What the details of a record are, as far as they have a name here. */
const detailNames = [
  'address', 'alias', 'by', 'change', 'count', 'from', 'grantee', 'group', 'kind', 'letters', 'members', 'message_ids', 'name', 'path', 'plan',
  'reason', 'recipients', 'right', 'rights', 'role', 'state', 'subject', 'through', 'to', 'uids', 'until', 'with',
] as const

/** A word of the server in the person's language; one that is not known stays as it is. */
function worded<T extends string>(t: Text, known: readonly T[], prefix: string, word: string): string {
  return (known as readonly string[]).includes(word) ? t(`${prefix}${word.replaceAll(/[ ,]+/g, '-')}` as MessageId) : plain(word)
}

export const rightWord = (t: Text, word: string) => worded(t, rights, 'admin.right.', word)
export const actWord = (t: Text, word: string) => worded(t, acts, 'admin.can.', word)
export const effectWord = (t: Text, word: string) => worded(t, effects, 'admin.effect.', word)
export const becauseWord = (t: Text, word: string) => worded(t, becauses, 'admin.because.', word)
export const kindWord = (t: Text, word: string) => worded(t, kinds, 'admin.kind.', word)
export const recordWord = (t: Text, word: string) => worded(t, recorded, 'admin.act.', word)
const detailWord = (t: Text, word: string) => worded(t, detailNames, 'admin.detail.', word)

/** A detail of a record: its name, and what it says; the ways to rights are in a sentence each. */
export function detailWords(t: Text, name: string, value: string): [string, string] {
  const said = name === 'through' ? value.split('; ').map((way) => throughWords(t, way)).join('; ') : name === 'right' ? actWord(t, value) : plain(value)
  return [detailWord(t, name), said]
}

/** A way as records have it, `ben → team: gives rw on /`, in words; anything else as it is. */
function throughWords(t: Text, text: string): string {
  const parts = /^(.+): (gives|takes|blocks) (\w*) on (\S+)$/.exec(text)
  if (!parts) return plain(text)
  const [, names = '', effect = '', given = '', on = ''] = parts
  const via = names.split(' → ')
  const kind = via.length < 2 ? 'account' : (/^(?:org|all|public)$|^(?:domain|plan|guest)(?=:)/.exec(via.at(-1)!)?.[0] ?? 'group')
  return wayWords(t, { via, kind, on, rights: given, role: 'custom', right_names: [...given].map((letter) => letters[letter]).filter((r) => r !== undefined), effect })
}

/** The role that rights are, or what they are one by one. */
export function roleWord(t: Text, role: string, names: readonly string[] | null | undefined): string {
  if ((roles as readonly string[]).includes(role)) return t(`admin.role.${role}` as MessageId)
  return (names ?? []).map((name) => rightWord(t, name)).join(', ') || t('admin.role.none')
}

/** Zimbra's letters, as the names of rights. */
const letters: Record<string, (typeof rights)[number]> = { r: 'read', s: 'seen', w: 'write', i: 'insert', d: 'delete', x: 'workflow', a: 'administer', p: 'private', f: 'freebusy' }

/** Rights in letters, in words. */
export function letterWords(t: Text, text: string): string {
  const names = [...text].map((letter) => letters[letter])
  if (names.some((name) => name === undefined)) return plain(text)
  return names.map((name) => rightWord(t, name!)).join(', ')
}

/** Rights and acts in one line. */
export function accessWords(t: Text, a: AccessRights): string {
  return [...(a.right_names ?? []).map((name) => rightWord(t, name)), ...(a.acts ?? []).map((name) => actWord(t, name))].join(', ')
}

/** Whether what a way gives is a right to send or to own, not rights on a folder. */
export const isAct = (way: Pick<Way, 'rights'>): boolean => /^(?:send|own)/.test(way.rights)

/** What a way gives: a role by its name, rights without one each by its own, or an act. */
export function givenWords(t: Text, way: Pick<Way, 'rights' | 'role' | 'right_names'>): string {
  return isAct(way) ? actWord(t, way.rights) : roleWord(t, way.role ?? '', way.right_names)
}

/** What a role is made of; nothing where what it gives says that itself. */
export function explainedRights(t: Text, way: Pick<Way, 'rights' | 'role' | 'right_names' | 'effect'>): string {
  if (isAct(way) || way.effect === 'blocks' || !(roles as readonly string[]).includes(way.role ?? '') || !way.right_names?.length) return ''
  return t('admin.rightsAre', { rights: way.right_names.map((name) => rightWord(t, name)).join(', ') })
}

/** A name on the way to a grant; that of a group may have its filter with it. */
export function nameOnWay(t: Text, kind: string, name: string): string {
  const text = plain(name)
  if (kind === 'account') return text
  if (kind === 'group') {
    const [address = '', filter] = text.split(' by the filter ')
    return filter === undefined ? address : t('admin.filtered', { name: address, filter })
  }
  return granteeName(t, { kind, name: text.replace(/^(?:domain|plan|guest):/, '') })
}

/** By whom something comes: directly, by groups, or by what everybody has. */
function byWhom(t: Text, way: Way): string {
  const last = way.via.length - 1
  const name = nameOnWay(t, way.kind, way.via[last] ?? '')
  if (way.kind !== 'group') return last < 1 ? t('admin.way.self') : name
  const between = way.via.slice(1, last).map((group) => nameOnWay(t, 'group', group))
  return between.length === 0 ? t('admin.way.group', { name }) : t('admin.way.groupIn', { name, member: between.join(' → ') })
}

/** One way to rights in a sentence. */
export function wayWords(t: Text, way: Way): string {
  const who = byWhom(t, way)
  if (way.effect === 'blocks') return t('admin.way.blocks', { who })
  const place = isAct(way) ? '' : ` ${way.on === '/' ? t('admin.way.onWhole') : t('admin.way.on', { folder: plain(way.on) })}`
  return t(way.effect === 'takes' ? 'admin.way.takes' : 'admin.way.gives', { who, what: givenWords(t, way) + place })
}

/** Who gave something. */
export const giverName = (t: Text, name: string): string => (name === 'console' ? t('admin.console') : plain(name))

export function granteeName(t: Text, g: Grantee): string {
  switch (g.kind) {
    case 'org':
      return t('admin.grantee.org')
    case 'all':
      return t('admin.grantee.all')
    case 'public':
      return t('admin.grantee.public')
    case 'domain':
      return t('admin.grantee.domain', { name: plain(g.name) })
    case 'plan':
      return t('admin.grantee.plan', { name: plain(g.name) })
    case 'guest':
      return t('admin.grantee.guest', { name: plain(g.name) })
    default:
      return plain(g.name)
  }
}
