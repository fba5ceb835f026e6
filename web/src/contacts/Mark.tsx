import { initials, tint } from '../mail/person.ts'
import { Icon } from '../ui/Icon.tsx'

/** The round mark of a person; groups have a sign in its place. */
export function Mark({ name, email, kind }: { name: string; email: string; kind: string }) {
  const group = kind === 'group' || kind === 'other'
  return (
    <span className="avatar contact-mark" data-tint={group ? undefined : tint(email)} data-initials={group ? '' : initials(name)} aria-hidden="true">
      {group && <Icon name="team" />}
    </span>
  )
}
