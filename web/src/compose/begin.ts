import type { Text } from '../i18n/text.ts'
import { JMAPError } from '../jmap/error.ts'
import type { Id } from '../jmap/types.ts'
import { nameOf } from '../mail/person.ts'
import type { Store } from '../store/store.ts'
import type { About } from '../team/Collision.tsx'
import type { Format } from '../ui/format.ts'
import { type Identity, loadIdentities } from './identity.ts'
import { editorHTML } from './formatting.ts'
import { DraftKeeper } from './keeper.ts'
import { forwardDraft, namesOf, newDraft, openDraft, type Original, replyDraft, type Setting } from './reply.ts'
import { hasFormatting, linesOf } from './rich.ts'
import type { Wish } from './write.ts'

const properties = [
  'id', 'threadId', 'subject', 'from', 'to', 'cc', 'bcc', 'replyTo', 'messageId', 'inReplyTo', 'references', 'receivedAt', 'sentAt', 'keywords', 'bodyValues', 'textBody', 'htmlBody', 'attachments',
  'header:Delivered-To:asText:all',
]

const partProperties = ['partId', 'blobId', 'size', 'name', 'type', 'disposition', 'cid']

/** What the composer works with. */
export interface Begun {
  home: Id
  identities: Identity[]
  keeper: DraftKeeper
  /** The account whose Drafts a message of an identity is kept in. */
  keptIn: (identity: Identity | undefined) => Id
}

/** The mailbox of an identity, where one may keep drafts there; else one's own. */
export function draftsAccount(store: Store, home: Id, identity: Identity | undefined): Id {
  const target = identity?.targetAccountId
  if (!target || target === home || !store.account(target)) return home
  const drafts = store.table(target, 'Mailbox').all().find((m) => m.role === 'drafts')
  return drafts?.myRights.mayAddItems && drafts.myRights.mayRemoveItems ? target : home
}

/** An identity with its signature as the editor has it, in HTML only when plain text cannot say it. */
function withCleanSignature(identity: Identity): Identity {
  if (!identity.htmlSignature) return identity
  const html = editorHTML(identity.htmlSignature)
  const text = linesOf(new DOMParser().parseFromString(html, 'text/html').body).trim()
  return { ...identity, textSignature: text || identity.textSignature, htmlSignature: text !== '' && hasFormatting(html) ? html : '' }
}

/** Gathers what a message is begun with. */
export async function begin(store: Store, wish: Wish, t: Text, format: Format): Promise<Begun> {
  const home = store.accounts.find((a) => a.isPersonal)?.id ?? store.accounts[0]?.id
  if (!home) throw new JMAPError('notFound', 'accountNotFound')
  const asked = wish.kind === 'reply' || wish.kind === 'replyAll' || wish.kind === 'forward' || wish.kind === 'draft' ? readOriginal(store, wish.account, wish.email) : undefined
  const identities = (await loadIdentities(store, home)).map(withCleanSignature)
  const original = await asked
  const keptIn = (identity: Identity | undefined) => draftsAccount(store, home, identity)
  const setting: Setting = {
    identities,
    home,
    keptIn,
    wrote: (email) => t('compose.wrote', { date: format.full(email.sentAt ?? email.receivedAt), name: email.from?.[0] ? nameOf(email.from[0]) : '' }),
    forwarded: (email) =>
      [
        t('compose.forwarded'),
        `${t('compose.from')}: ${namesOf(email.from)}`,
        `${t('mail.date')}: ${format.full(email.sentAt ?? email.receivedAt)}`,
        `${t('compose.subject')}: ${email.subject ?? ''}`,
        `${t('mail.to')}: ${namesOf(email.to)}`,
        ...(email.cc?.length ? [`${t('mail.cc')}: ${namesOf(email.cc)}`] : []),
      ].join('\n'),
    unnamed: t('mail.unnamed'),
  }
  const keeper = (draft: ReturnType<typeof newDraft>, saved: ConstructorParameters<typeof DraftKeeper>[3] = null) => new DraftKeeper(store, home, draft, saved)
  switch (wish.kind) {
    case 'new':
      return { home, identities, keptIn, keeper: keeper(newDraft(setting, wish.account, wish.to)) }
    case 'again': {
      const again = keeper(wish.draft, wish.saved)
      again.edit({ attachments: wish.draft.attachments.filter((a) => a.blobId) })
      return { home, identities, keptIn, keeper: again }
    }
    case 'draft':
      return { home, identities, keptIn, keeper: keeper({ ...openDraft(setting, original!, wish.account), ...(original!.inReplyTo?.length && { about: aboutOf(original!, wish.account) }) }, { account: wish.account, id: wish.email }) }
    case 'forward':
      return { home, identities, keptIn, keeper: keeper(forwardDraft(setting, original!, wish.account)) }
    default:
      return { home, identities, keptIn, keeper: keeper({ ...replyDraft(setting, original!, wish.account, wish.kind === 'reply' ? 'sender' : 'all'), about: aboutOf(original!, wish.account) }) }
  }
}

/** What an answer to a message is about. */
function aboutOf(original: Original, account: Id): About {
  return { account, thread: original.threadId, receivedAt: original.receivedAt }
}

async function readOriginal(store: Store, account: Id, id: Id): Promise<Original> {
  const got = await store.client.call<{ list: Original[] }>('Email/get', { accountId: account, ids: [id], properties, bodyProperties: partProperties, fetchTextBodyValues: true, fetchHTMLBodyValues: true })
  const email = got.list[0]
  if (!email) throw new JMAPError('notFound', 'notFound')
  return email
}
