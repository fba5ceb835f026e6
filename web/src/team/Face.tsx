import { initials, plain, tint } from '../mail/person.ts'
import './team.css'
import type { Person } from './work.ts'

/** A name for a colleague. */
export function nameOf(person: Person): string {
  return plain(person.name) || plain(person.email).split('@')[0] || '?'
}

/** Somebody, small. */
export function Face({ person, activity }: { person: Person; activity?: 'reading' | 'answering' }) {
  return <span className="avatar face" aria-hidden="true" data-tint={tint(person.email)} data-initials={initials(nameOf(person))} data-activity={activity} />
}
