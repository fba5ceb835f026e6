import type { DNSRecord } from './wire.ts'

/** Records as lines of a zone file, as `postroom domain records` prints them. */
export function zoneFile(records: readonly DNSRecord[]): string {
  return records.map((r) => `${r.name} IN ${r.type} ${r.type === 'TXT' ? quoted(r.value) : r.value}\n`).join('')
}

/** A text in strings of at most 255 octets (RFC 1035 §3.3.14); what is published is ASCII. */
function quoted(text: string): string {
  const parts: string[] = []
  for (let at = 0; at === 0 || at < text.length; at += 255) parts.push(`"${text.slice(at, at + 255).replaceAll(/["\\]/g, String.raw`\$&`)}"`)
  return parts.join(' ')
}
