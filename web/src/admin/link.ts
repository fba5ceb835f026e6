import { roomHref } from '../mail/route.ts'

/** How an entry is named in the address of a page: by its address, which people read, unless that would be taken apart. */
export function entryHref(page: 'accounts' | 'groups', entry: { address: string; uuid: string }, tab = ''): string {
  return roomHref('admin', [page, entry.address.includes('/') ? entry.uuid : entry.address, tab].filter(Boolean).join('/'))
}
