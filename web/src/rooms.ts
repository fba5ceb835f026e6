import { type ComponentType, lazy, type LazyExoticComponent } from 'react'
import { withTexts } from './i18n/text.ts'
import type { RoomName } from './mail/route.ts'
import type { Person } from './session/answer.ts'

export interface RoomProps {
  /** The rest of the address behind the room's name; '' for none. */
  page: string
  /** Who is signed in. */
  person: Person
  /** The way back to the mail, where one came from. */
  back: string
}

/** What is beside the mail, each loaded when it is opened. A new one is a line here and its name in mail/route.ts. */
export const rooms: Record<RoomName, LazyExoticComponent<ComponentType<RoomProps>>> = {
  admin: lazy(() => withTexts(() => import('./admin/Admin.tsx'))),
  contacts: lazy(() => withTexts(() => import('./contacts/Contacts.tsx'))),
  settings: lazy(() => withTexts(() => import('./settings/Settings.tsx'))),
}
