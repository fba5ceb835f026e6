/** A tag of a language, as they look (RFC 5646 §2.1). */
const tag = /^[a-z]{2,8}(?:-[a-z0-9]{1,8})*$/i

/** The one language of what is declared; empty, which is unknown, when there is none or more than one: it is not that of the page (WCAG 3.1.2). */
export function languageIn(declared: Iterable<string | null | undefined>): string {
  const all = new Set([...declared].map((language) => language?.trim().toLowerCase() ?? ''))
  const only = all.size === 1 ? [...all][0]! : ''
  return tag.test(only) ? only : ''
}
