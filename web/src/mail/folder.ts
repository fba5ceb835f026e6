import type { Text } from '../i18n/text.ts'
import type { Id, Mailbox } from '../jmap/types.ts'
import type { IconName } from '../ui/Icon.tsx'
import { plain } from './person.ts'

/** The order of the folders that every mailbox has. */
const order = ['inbox', 'drafts', 'sent', 'archive', 'junk', 'trash'] as const

export type Role = (typeof order)[number]

const icons: Record<Role, IconName> = { inbox: 'inbox', drafts: 'draft', sent: 'sent', archive: 'archive', junk: 'junk', trash: 'trash' }

export function roleOf(mailbox: Mailbox): Role | undefined {
  return order.find((role) => role === mailbox.role)
}

export function folderIcon(mailbox: Mailbox): IconName {
  const role = roleOf(mailbox)
  return role ? icons[role] : 'folder'
}

/** Its name, in the person's language where the folder is one that everybody has. */
export function folderName(mailbox: Mailbox, t: Text): string {
  const role = roleOf(mailbox)
  return role ? t(`mail.role.${role}`) : mailbox.name
}

/** What somebody shares, by the name of the folder in its mailbox; of all of a mailbox, that it is. */
export function offerName(offer: { path: string; mailboxId: Id | null; ownerEmail: string }, t: Text): string {
  if (offer.mailboxId === null) return t('sharing.wholeMailbox')
  const name = offer.path.split('/').at(-1) ?? ''
  const role = order.find((r) => offer.path.toLowerCase() === `/${r}`)
  return role ? t(`mail.role.${role}`) : plain(name)
}

export interface Branch {
  mailbox: Mailbox
  depth: number
}

/** The folders in the order of a tree. One whose parent is not to be seen stands at the root. */
export function folderTree(mailboxes: readonly Mailbox[], locale: string): Branch[] {
  const there = new Set(mailboxes.map((m) => m.id))
  const children = new Map<Id | null, Mailbox[]>()
  for (const mailbox of mailboxes) {
    const parent = mailbox.parentId && there.has(mailbox.parentId) ? mailbox.parentId : null
    children.set(parent, [...(children.get(parent) ?? []), mailbox])
  }
  const collator = new Intl.Collator(locale, { numeric: true })
  const rank = (mailbox: Mailbox) => {
    const role = roleOf(mailbox)
    return role ? order.indexOf(role) : order.length
  }
  const branches: Branch[] = []
  const walk = (parent: Id | null, depth: number) => {
    const here = children.get(parent) ?? []
    here.sort((a, b) => rank(a) - rank(b) || a.sortOrder - b.sortOrder || collator.compare(a.name, b.name))
    for (const mailbox of here) {
      branches.push({ mailbox, depth })
      if (depth < 32) walk(mailbox.id, depth + 1)
    }
  }
  walk(null, 0)
  return branches
}

export function byRole(mailboxes: readonly Mailbox[], role: Role): Mailbox | undefined {
  return mailboxes.find((m) => m.role === role)
}

/** What the number beside a folder counts: what is to be read, and of drafts all. */
export function folderCount(mailbox: Mailbox): number {
  const role = roleOf(mailbox)
  if (role === 'drafts') return mailbox.totalEmails
  return role === 'sent' || role === 'trash' ? 0 : mailbox.unreadThreads
}
