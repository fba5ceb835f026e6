import type { Client } from '../jmap/client.ts'
import type { BodyPart, Email, Id } from '../jmap/types.ts'
import type { Clean, RemotePicture } from './html.ts'
import { isProven } from './proven.ts'

/** How many pictures are fetched at a time; the server gives each person six. */
const atOnce = 4

/** Pictures that came with the message are fetched by this page, and given to the other as blobs. */
export function showInline(clean: Clean, attachments: Email['attachments'], fetchPart: (part: BodyPart) => Promise<Blob>): () => void {
  const held = new Blobs()
  for (const { image, cid } of clean.inline) {
    const part = attachments?.find((p) => p.cid === cid && p.blobId && /^image\/(?:png|jpeg|gif|webp|avif|bmp)$/.test(p.type))
    if (!part) continue
    void fetchPart(part).then((blob) => held.give(new Blob([blob], { type: part.type }), (url) => (image.src = url)), () => {})
  }
  return () => held.end()
}

/**
 * Pictures that are elsewhere are fetched by the server, read by this page, and
 * given to the other as blobs. failed counts those that could not be had.
 */
export function showRemote(pictures: readonly RemotePicture[], get: (url: string) => Promise<Blob>, failed: (count: number) => void): () => void {
  const held = new Blobs()
  const byURL = new Map<string, RemotePicture[]>()
  for (const picture of pictures) byURL.set(picture.url, [...(byURL.get(picture.url) ?? []), picture])
  const waiting = [...byURL]
  let missing = 0
  const work = async () => {
    for (let next = waiting.shift(); next && !held.over; next = waiting.shift()) {
      const [url, places] = next
      try {
        held.give(await get(url), (at) => places.forEach((place) => place.show(at)))
      } catch {
        missing += places.length
        if (!held.over) failed(missing)
      }
    }
  }
  for (let i = 0; i < atOnce; i++) void work()
  return () => held.end()
}

/** URLs of blobs, until they are not needed any more. */
class Blobs {
  over = false
  private readonly urls: string[] = []

  give(blob: Blob, to: (url: string) => void): void {
    if (this.over) return
    const url = URL.createObjectURL(blob)
    this.urls.push(url)
    to(url)
  }

  end(): void {
    this.over = true
    for (const url of this.urls) URL.revokeObjectURL(url)
  }
}

/** Whether the server fetches pictures. */
export function offersRemote(client: Client): boolean {
  return client.remoteImageURL('', '', '') !== ''
}

const known = new WeakMap<Client, Promise<ReadonlySet<string>>>()

/** The senders whose pictures this person wants to see without being asked; in lower case. */
export function trustedSenders(client: Client, home: Id): Promise<ReadonlySet<string>> {
  let senders = known.get(client)
  if (!senders) {
    senders = client.call<{ senders: string[] }>('RemoteImages/get', { accountId: home }).then((got) => new Set(got.senders))
    known.set(client, senders)
    senders.catch(() => known.delete(client))
  }
  return senders
}

/** Whether this server has found out that a message is from whom it says: else anybody could have their pictures shown. */
export async function isFromSender(client: Client, account: Id, email: Email, sender: string): Promise<boolean> {
  if (client.authenticationServer === '') return false
  const property = 'header:Authentication-Results:asRaw:all'
  const { list } = await client.call<{ list: Record<string, unknown>[] }>('Email/get', { accountId: account, ids: [email.id], properties: [property] })
  const fields = list[0]?.[property]
  return Array.isArray(fields) && isProven(fields.filter((f) => typeof f === 'string'), client.authenticationServer, sender)
}

/** Puts a sender on that list, or takes them off. */
export async function trustSender(client: Client, home: Id, sender: string, wish: 'always' | 'ask'): Promise<void> {
  const set = client.call<{ senders: string[] }>('RemoteImages/set', { accountId: home, [wish === 'always' ? 'add' : 'remove']: [sender] })
  // At once: the next message that is opened waits for it, and is not shown by the list of before.
  const senders = set.then((got) => new Set(got.senders))
  known.set(client, senders)
  senders.catch(() => known.get(client) === senders && known.delete(client))
  await senders
}
