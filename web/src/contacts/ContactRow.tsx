import type { ReactNode } from 'react'
import { plain } from '../mail/person.ts'
import { Mark } from './Mark.tsx'

interface Props {
  name: string | null
  /** An address, or another word for whom it stands. */
  email: string
  kind: string
  /** A word on what it is. */
  note?: string
  /** Where its name leads. */
  href?: string
  /** What can be done with it. */
  children?: ReactNode
}

/** A line of a list of people: mark, name, address, and what can be done. */
export function ContactRow({ name, email, kind, note, href, children }: Props) {
  const shown = plain(name) || plain(email)
  return (
    <li className="contact">
      <Mark name={shown} email={email} kind={kind} />
      <span className="contact-words">
        {href ? (
          <a className="contact-name cut" href={href}>
            <bdi>{shown}</bdi>
          </a>
        ) : (
          <bdi className="contact-name cut">{shown}</bdi>
        )}
        <span className="quiet cut">
          {name && <bdi>{plain(email)}</bdi>}
          {note && (name ? ` · ${note}` : note)}
        </span>
      </span>
      {children}
    </li>
  )
}
