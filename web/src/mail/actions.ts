import type { Text, MessageId } from '../i18n/text.ts'
import type { SetResult } from '../jmap/client.ts'
import { JMAPError } from '../jmap/error.ts'
import type { Email, Id, Mailbox } from '../jmap/types.ts'
import { step, type Patch } from '../store/patch.ts'
import type { Ref } from '../store/query.ts'
import type { Edit, Store } from '../store/store.ts'
import { tell, tellFailure } from '../ui/toast.tsx'
import { byRole, folderName, type Role } from './folder.ts'

const failures: Record<JMAPError['kind'], MessageId> = {
  offline: 'ui.offline',
  signedOut: 'ui.signedOut',
  denied: 'ui.denied',
  notFound: 'ui.notFound',
  limit: 'ui.limit',
  changed: 'ui.changed',
  fault: 'ui.fault',
}

export function failureText(error: unknown, t: Text): string {
  return t(error instanceof JMAPError ? failures[error.kind] : 'ui.fault')
}

/** What the person does with messages: shown at once, told with a way back. */
export class MailActions {
  constructor(
    private readonly store: Store,
    private readonly t: Text,
  ) {}

  /** The messages that rows stand for: of each conversation those in the folder, or all of them. */
  messages(rows: readonly Ref[], box: (account: Id) => Id | undefined): Targets {
    const out = new Map<string, { account: Id; email: Email }>()
    for (const row of rows) {
      const email = this.store.get(row.account, 'Email', row.id)
      if (!email) continue
      const members = this.store.get(row.account, 'Thread', email.threadId)?.emailIds ?? [row.id]
      const mailbox = box(row.account)
      for (const id of members.includes(row.id) ? members : [...members, row.id]) {
        const member = this.store.get(row.account, 'Email', id)
        if (member && (!mailbox || member.mailboxIds[mailbox] || id === row.id)) out.set(`${row.account}/${id}`, { account: row.account, email: member })
      }
    }
    return [...out.values()]
  }

  markRead(targets: Targets, read: 'read' | 'unread'): void {
    const changing = targets.filter(({ email }) => Boolean(email.keywords['$seen']) !== (read === 'read'))
    const text = this.t(read === 'read' ? 'mail.did.read' : 'mail.did.unread', { count: changing.length })
    this.keyword(changing, '$seen', read === 'read', text)
  }

  /** Marks what was opened, without a word. */
  markOpened(account: Id, emails: readonly Email[]): void {
    const edit = editOf(account, emails.filter((e) => !e.keywords['$seen']), () => ({ 'keywords/$seen': true }))
    if (Object.keys(edit.update).length > 0) this.store.change([edit]).catch(() => {})
  }

  flag(targets: Targets, flagged: 'flagged' | 'unflagged'): void {
    const changing = targets.filter(({ email }) => Boolean(email.keywords['$flagged']) !== (flagged === 'flagged'))
    this.keyword(changing, '$flagged', flagged === 'flagged', this.t(flagged === 'flagged' ? 'mail.did.flagged' : 'mail.did.unflagged', { count: changing.length }))
  }

  /** Moves to a folder of the same account, or of another one. */
  async move(targets: Targets, account: Id, to: Mailbox, from: (account: Id) => Id | undefined): Promise<void> {
    const here = targets.filter((target) => target.account === account)
    const elsewhere = targets.filter((target) => target.account !== account)
    const text = this.t('mail.did.moved', { count: targets.length, folder: folderName(to, this.t) })
    if (here.length > 0) await this.run([editOf(account, here.map((target) => target.email), (email) => movePatch(email, to.id, from(account)))], text)
    if (elsewhere.length > 0) await this.carry(elsewhere, account, to, text)
  }

  /** Moves each message to the folder of a role in its own account; false when one has none. */
  async moveToRole(targets: Targets, role: Role, from: (account: Id) => Id | undefined): Promise<boolean> {
    const edits: Edit[] = []
    for (const account of new Set(targets.map((target) => target.account))) {
      const to = byRole(this.store.table(account, 'Mailbox').all(), role) ?? (role === 'archive' ? await this.createArchive(account) : undefined)
      if (!to) return false
      edits.push(editOf(account, targets.filter((target) => target.account === account).map((target) => target.email), (email) => movePatch(email, to.id, from(account))))
    }
    await this.run(edits, this.t(`mail.did.${role === 'archive' ? 'archived' : role === 'junk' ? 'junk' : 'deleted'}`, { count: targets.length }))
    return true
  }

  /** Deletes for good. */
  async destroy(targets: Targets): Promise<void> {
    try {
      for (const account of new Set(targets.map((target) => target.account))) {
        await this.store.set(account, 'Email', { destroy: targets.filter((target) => target.account === account).map((target) => target.email.id) })
      }
      tell(this.t('mail.did.destroyed', { count: targets.length }))
    } catch (error) {
      tellFailure(failureText(error, this.t))
    }
  }

  private async createArchive(account: Id): Promise<Mailbox | undefined> {
    try {
      const made = await this.store.set(account, 'Mailbox', { create: { archive: { name: 'Archive', parentId: null, role: 'archive' } } })
      const id = made.created?.['archive']?.['id']
      return this.store.table(account, 'Mailbox').all().find((m) => m.id === id)
    } catch (error) {
      tellFailure(failureText(error, this.t))
      return undefined
    }
  }

  /** To another account a message is copied, and then taken away here (RFC 8621 §4.7). */
  private async carry(targets: Targets, to: Id, mailbox: Mailbox, text: string): Promise<void> {
    try {
      for (const account of new Set(targets.map((target) => target.account))) {
        const create = Object.fromEntries(
          targets.filter((target) => target.account === account).map(({ email }, i) => [`m${i}`, { id: email.id, mailboxIds: { [mailbox.id]: true }, keywords: email.keywords, receivedAt: email.receivedAt }]),
        )
        const result = await this.store.client.call<SetResult>('Email/copy', {
          fromAccountId: account, accountId: to, create, onSuccessDestroyOriginal: true,
        })
        const fault = Object.values(result.notCreated ?? {})[0]
        if (fault) throw JMAPError.ofType(fault.type, fault.description, fault.properties, fault.reason)
        await Promise.all([this.store.sync(account), this.store.sync(to)])
      }
      tell(text)
    } catch (error) {
      tellFailure(failureText(error, this.t))
    }
  }

  private keyword(targets: Targets, keyword: string, on: boolean, text: string): void {
    const edits = [...new Set(targets.map((target) => target.account))].map((account) =>
      editOf(account, targets.filter((target) => target.account === account).map((target) => target.email), () => ({ [`keywords/${step(keyword)}`]: on ? true : null })),
    )
    if (edits.length > 0) void this.run(edits, text)
  }

  private async run(edits: readonly Edit[], text: string): Promise<void> {
    try {
      const pending = this.store.change(edits)
      tell(text, () => void pending.then((undo) => this.takeBack(undo), () => {}))
      await pending
    } catch (error) {
      tellFailure(failureText(error, this.t))
    }
  }

  private async takeBack(undo: readonly Edit[]): Promise<void> {
    try {
      await this.store.change(undo)
      tell(this.t('mail.did.undone'))
    } catch (error) {
      tellFailure(failureText(error, this.t))
    }
  }
}

export type Targets = readonly { account: Id; email: Email }[]

function editOf(account: Id, emails: readonly Email[], patch: (email: Email) => Patch): Edit {
  return { account, type: 'Email', update: Object.fromEntries(emails.map((email) => [email.id, patch(email)])) }
}

/** Out of the folder one looks at and into another; from anywhere when one looks at a search. */
function movePatch(email: Email, to: Id, from: Id | undefined): Patch {
  if (from && email.mailboxIds[from]) return { [`mailboxIds/${step(from)}`]: null, [`mailboxIds/${step(to)}`]: true }
  return { mailboxIds: { [to]: true } }
}
