import { plain } from '../mail/person.ts'
import type { Person } from './work.ts'

/** How somebody is written in a note. */
export function handle(person: Person): string {
  return `@${plain(person.name) || plain(person.email)}`
}

/** What is being typed after an @ that ends at the cursor; undefined when nothing is. */
export function typedMention(text: string, cursor: number): { from: number; word: string } | undefined {
  const before = text.slice(0, cursor)
  const found = /(?:^|[\s(])@([^\s@]*(?: [^\s@]*)?)$/.exec(before)
  return found ? { from: cursor - found[1]!.length - 1, word: found[1]! } : undefined
}

/** The people that a word after an @ may stand for. */
export function candidates(people: readonly Person[], word: string, contains: (text: string, part: string) => boolean): readonly Person[] {
  return people.filter((p) => contains(`${plain(p.name)} ${plain(p.email)}`, word.trim())).slice(0, 6)
}

/** Those of some people who are written in a text. */
export function mentionedIn(text: string, people: readonly Person[]): Person[] {
  return people.filter((p) => text.includes(handle(p)) || text.includes(`@${plain(p.email)}`))
}

export interface Piece {
  text: string
  /** Whom it names. */
  person?: Person
}

/** A text taken apart at the names of those it mentions. */
export function pieces(text: string, mentions: readonly Person[]): Piece[] {
  const names = mentions.flatMap((person) => [handle(person), `@${plain(person.email)}`].map((word) => ({ word, person }))).sort((a, b) => b.word.length - a.word.length)
  const out: Piece[] = []
  let rest = text
  while (rest !== '') {
    let at = -1
    let found: (typeof names)[number] | undefined
    for (const name of names) {
      const i = rest.indexOf(name.word)
      if (i >= 0 && (at < 0 || i < at)) [at, found] = [i, name]
    }
    if (!found) {
      out.push({ text: rest })
      break
    }
    if (at > 0) out.push({ text: rest.slice(0, at) })
    out.push({ text: found.word, person: found.person })
    rest = rest.slice(at + found.word.length)
  }
  return out
}
