import type { Address } from '../jmap/types.ts'

/** Characters that turn the direction of writing round, by which names can look like others. */
const directions = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Text from outside, on one line and in the order it was written. */
export function plain(text: string | null | undefined): string {
  // Control characters are what is to be removed here.
  // oxlint-disable-next-line no-control-regex
  return (text ?? '').replace(directions, '').replace(/[\u0000-\u001f\u007f]+/g, ' ').trim()
}

/** A name for somebody, as short as it can be told. */
export function nameOf(address: Address): string {
  return plain(address.name) || plain(address.email) || '?'
}

export function shortName(address: Address): string {
  const name = plain(address.name)
  if (!name) return plain(address.email).split('@')[0] || '?'
  return name
}

export function initials(name: string): string {
  const words = name.split(/[\s.@_-]+/).filter((word) => /^[\p{L}\p{N}]/u.test(word))
  const first = [...(words[0] ?? '?')][0] ?? '?'
  const last = words.length > 1 && !name.includes('@') ? ([...words.at(-1)!][0] ?? '') : ''
  return (first + last).toLocaleUpperCase()
}

/** One of six quiet colours, the same for the same address. */
export function tint(address: string): number {
  let sum = 0
  for (const char of address.toLowerCase()) sum = (sum * 31 + char.codePointAt(0)!) >>> 0
  return sum % 6
}
