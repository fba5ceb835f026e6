import type { SetFault, SetResult } from '../jmap/client.ts'
import { JMAPError } from '../jmap/error.ts'
import type { BodyPart, Id } from '../jmap/types.ts'
import { upload } from '../jmap/upload.ts'
import type { Store } from '../store/store.ts'
import { type Attachment, type Draft, emailOf, isBlank } from './draft.ts'
import { forgetDraft, keepDraft } from './memory.ts'
import type { Saved } from './write.ts'

export type Status = 'fresh' | 'changed' | 'saving' | 'saved' | 'failed'

/** How long after the last key a draft is saved, in milliseconds. */
const pause = 2000

/**
 * A message being written, and its copy among the drafts. An email cannot be
 * changed (RFC 8621 §4): each saving creates a new one and destroys the one
 * before.
 */
export class DraftKeeper {
  status: Status = 'fresh'
  /** Why it could not be saved. */
  fault: unknown = null

  private revision = 0
  private savedRevision = -1
  private timer: ReturnType<typeof setTimeout> | undefined
  private running: Promise<boolean> = Promise.resolve(true)
  private ended = false
  private readonly listeners = new Set<() => void>()

  constructor(
    private readonly store: Store,
    private readonly home: Id,
    public draft: Draft,
    public saved: Saved | null,
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }

  /** Changes what is written; it is saved when one pauses. */
  edit(change: Partial<Draft>): void {
    if (this.ended) return
    this.draft = { ...this.draft, ...change }
    this.revision++
    keepDraft(this.home, { draft: this.draft, saved: this.saved })
    this.become('changed')
    this.later()
  }

  /** Saves what is not saved; reports whether it is. One saving at a time. */
  save(): Promise<boolean> {
    clearTimeout(this.timer)
    this.running = this.running.then(() => this.saveNow())
    return this.running
  }

  /** Saves what is worth it, and keeps nothing here any more. */
  async close(): Promise<boolean> {
    if (this.ended) return true
    const worth = this.saved !== null || !isBlank(this.draft)
    const done = this.revision === 0 || !worth || (await this.save())
    if (done) this.end()
    return done
  }

  /** No more saving; what is being saved is waited for. */
  async stop(): Promise<void> {
    this.end()
    await this.running
  }

  end(): void {
    this.ended = true
    clearTimeout(this.timer)
    forgetDraft()
  }

  private later(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.save(), pause)
  }

  private async saveNow(): Promise<boolean> {
    if (this.revision === this.savedRevision && this.saved) return true
    const revision = this.revision
    const before = this.saved
    this.become('saving')
    try {
      await this.gather()
      const { draft } = this
      const id = await this.create(draft, before)
      this.saved = { account: draft.account, id }
      this.savedRevision = revision
      if (before && before.account !== draft.account) await this.drop(before)
      if (draft.attachments.length > 0) await this.adopt(draft, id)
      if (!this.ended) keepDraft(this.home, { draft: this.draft, saved: this.saved })
      this.fault = null
      this.become(this.revision === revision ? 'saved' : 'changed')
      for (const account of new Set([draft.account, before?.account ?? draft.account])) void this.store.sync(account).catch(() => {})
      return true
    } catch (error) {
      this.fault = error
      this.become('failed')
      // The network may be back when one tries again.
      if (!this.ended && error instanceof JMAPError && error.kind === 'offline') this.timer = setTimeout(() => void this.save(), 5 * pause)
      return false
    }
  }

  private async create(draft: Draft, before: Saved | null): Promise<Id> {
    const drafts = this.store.table(draft.account, 'Mailbox').all().find((m) => m.role === 'drafts')
    if (!drafts) throw new JMAPError('notFound', 'mailboxNotFound')
    const destroy = before && before.account === draft.account ? [before.id] : undefined
    const result = await this.store.client.call<SetResult>('Email/set', { accountId: draft.account, create: { draft: emailOf(draft, drafts.id) }, destroy })
    const fault = result.notCreated?.['draft'] as SetFault | undefined
    if (fault) throw JMAPError.ofType(fault.type, fault.description, fault.properties, fault.reason)
    return String(result.created?.['draft']?.['id'])
  }

  /** That an older version stays is a nuisance, not a loss. */
  private async drop(saved: Saved): Promise<void> {
    await this.store.client.call('Email/set', { accountId: saved.account, destroy: [saved.id] }).catch(() => {})
  }

  /** Attachments that are in another account are carried over. */
  private async gather(): Promise<void> {
    const { account } = this.draft
    const strangers = this.draft.attachments.filter((a) => a.blobId && a.account !== account)
    const carried = new Map<Attachment, Attachment>()
    for (const a of strangers) {
      const content = await this.store.client.download(a.account, a.blobId!, a.name, a.type)
      const there = await upload(this.store.client, account, content, a.type, () => {}, new AbortController().signal)
      carried.set(a, { ...a, account, blobId: there.blobId })
    }
    if (carried.size > 0) this.draft = { ...this.draft, attachments: this.draft.attachments.map((a) => carried.get(a) ?? a) }
  }

  /** What was uploaded is kept for an hour: from now on the parts of the saved email stand for it. */
  private async adopt(draft: Draft, id: Id): Promise<void> {
    const got = await this.store.client.call<{ list: { attachments: BodyPart[] }[] }>('Email/get', { accountId: draft.account, ids: [id], properties: ['attachments'] })
    const parts = got.list[0]?.attachments ?? []
    const files = draft.attachments.filter((a) => a.blobId)
    if (parts.length !== files.length) return
    const renamed = new Map(files.map((a, i) => [a.blobId, { blobId: parts[i]!.blobId, size: parts[i]!.size }]))
    this.draft = { ...this.draft, attachments: this.draft.attachments.map((a) => ({ ...a, ...renamed.get(a.blobId) })) }
  }

  private become(status: Status): void {
    this.status = status
    for (const listener of [...this.listeners]) listener()
  }
}
