import type { MessageId, Text } from '../i18n/text.ts'
import { JMAPError } from '../jmap/error.ts'
import type { Email, Id } from '../jmap/types.ts'
import { failureText } from '../mail/actions.ts'
import { plain } from '../mail/person.ts'
import type { Patch } from '../store/patch.ts'
import type { Store } from '../store/store.ts'
import { tell, tellFailure } from '../ui/toast.tsx'
import { worded } from '../ui/worded.ts'
import { readWork } from './hooks.ts'
import type { Note, Team } from './team.ts'
import { type Person, type Status, type Work, type WorkChange, workPatch as patchOf } from './work.ts'

export interface ThreadRef {
  account: Id
  thread: Id
}

const told: Record<Status, MessageId> = { open: 'team.did.open', waiting: 'team.did.waiting', done: 'team.did.done' }

/** Why something of a colleague's could not be done: in the words of the server where it has some. */
export function reasonText(error: unknown, t: Text): string {
  return error instanceof JMAPError && error.description !== '' && (error.kind === 'fault' || error.kind === 'denied') ? t('team.refused', { reason: worded(error) }) : failureText(error, t)
}

/** What a person does with the work on conversations: shown at once, told with a way back. */
export class TeamActions {
  constructor(
    private readonly store: Store,
    private readonly team: Team,
    private readonly t: Text,
  ) {}

  work({ account, thread }: ThreadRef): Work {
    return readWork(this.store, account, this.emails(account, thread))
  }

  assign(threads: readonly ThreadRef[], to: Person | null): void {
    const name = to && (to.accountId === this.team.me.account ? '' : plain(to.name) || plain(to.email))
    const text = name === null ? this.t('team.did.unassigned', { count: threads.length }) : name === '' ? this.t('team.did.taken', { count: threads.length }) : this.t('team.did.assigned', { count: threads.length, name })
    this.run(threads, { assignee: to?.email ?? null }, text)
  }

  /** Takes conversations, or gives them back when they all are one's own. */
  take(threads: readonly ThreadRef[]): void {
    const { address, account } = this.team.me
    const mine = threads.every((ref) => this.work(ref).assignee === address)
    this.assign(threads, mine ? null : { email: address, name: null, accountId: account })
  }

  setStatus(threads: readonly ThreadRef[], status: Status): void {
    this.run(threads, { status }, this.t(told[status], { count: threads.length }))
  }

  /** Sets a status, or opens conversations again that all have it. */
  toggleStatus(threads: readonly ThreadRef[], status: Status): void {
    this.setStatus(threads, threads.every((ref) => this.work(ref).status === status) ? 'open' : status)
  }

  /** Writes a note; what could not be written is thrown. */
  async addNote({ account, thread }: ThreadRef, text: string, mentions: readonly Person[]): Promise<void> {
    const now = new Date().toISOString()
    const { address, account: home } = this.team.me
    const author = this.team.knows(address) ?? { email: address, name: null, accountId: home }
    const note: Note = { id: `pending-${now}`, threadId: thread, author, text, mentions, createdAt: now, updatedAt: now, isMine: true, pending: true }
    const before = this.notes(account, thread)
    this.team.notes.put(account, thread, [...before, note])
    try {
      await this.store.client.set('Note', { accountId: account, create: { note: { threadId: thread, text, mentions: mentions.map((p) => p.email) } } })
      await this.team.notes.load(account, thread)
    } catch (error) {
      this.team.notes.put(account, thread, this.notes(account, thread).filter((n) => n !== note))
      throw error
    }
  }

  async changeNote({ account, thread }: ThreadRef, note: Note, text: string, mentions: readonly Person[]): Promise<void> {
    const before = this.notes(account, thread)
    this.team.notes.put(account, thread, before.map((n) => (n.id === note.id ? { ...n, text, mentions, pending: true } : n)))
    try {
      await this.store.client.set('Note', { accountId: account, update: { [note.id]: { text, mentions: mentions.map((p) => p.email) } } })
      await this.team.notes.load(account, thread)
    } catch (error) {
      this.team.notes.put(account, thread, this.notes(account, thread).map((n) => (n.id === note.id ? note : n)))
      throw error
    }
  }

  async removeNote(ref: ThreadRef, note: Note): Promise<void> {
    const { account, thread } = ref
    this.team.notes.put(account, thread, this.notes(account, thread).filter((n) => n.id !== note.id))
    const gone = this.store.client.set('Note', { accountId: account, destroy: [note.id] })
    tell(this.t('team.did.noteRemoved'), () => void gone.then(() => this.addNote(ref, note.text, note.mentions)).catch((error: unknown) => tellFailure(reasonText(error, this.t))))
    try {
      await gone
    } catch (error) {
      tellFailure(reasonText(error, this.t))
      await this.team.notes.load(account, thread).catch(() => {})
    }
  }

  private notes(account: Id, thread: Id): readonly Note[] {
    return this.team.notes.get(account, thread) ?? []
  }

  private emails(account: Id, thread: Id): Email[] {
    return (this.store.get(account, 'Thread', thread)?.emailIds ?? []).flatMap((id) => this.store.get(account, 'Email', id) ?? [])
  }

  private run(threads: readonly ThreadRef[], change: WorkChange, text: string): void {
    if (threads.length === 0) return
    const before = threads.map((ref) => ({ ref, work: this.work(ref) }))
    const done = this.apply(threads.map((ref) => ({ ref, change })))
    const back = () => this.apply(before.map(({ ref, work }) => ({ ref, change: change.status ? { status: work.status } : { assignee: work.assignee } })))
    tell(text, () => void done.then(back).then(() => tell(this.t('mail.did.undone')), (error: unknown) => tellFailure(reasonText(error, this.t))))
    done.catch((error: unknown) => tellFailure(reasonText(error, this.t)))
  }

  /** Sends changes, an account at a time; shown ahead on the messages that are here. */
  private async apply(changes: readonly { ref: ThreadRef; change: WorkChange }[]): Promise<void> {
    const accounts = [...new Set(changes.map(({ ref }) => ref.account))]
    await Promise.all(
      accounts.map((account) => {
        const some = changes.filter(({ ref }) => ref.account === account)
        const update: Record<Id, Patch> = {}
        for (const { ref, change } of some) for (const email of this.emails(account, ref.thread)) if (this.changeable(account, email)) update[email.id] = patchOf(email, change)
        return this.store.showWhile({ account, type: 'Email', update }, () =>
          this.store.client.set('Work', { accountId: account, update: Object.fromEntries(some.map(({ ref, change }) => [ref.thread, change])) }),
        )
      }),
    )
  }

  private changeable(account: Id, email: Email): boolean {
    return Object.keys(email.mailboxIds).every((id) => this.store.get(account, 'Mailbox', id)?.myRights.maySetKeywords)
  }
}
