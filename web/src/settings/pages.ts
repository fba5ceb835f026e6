import { type ComponentType, lazy, type LazyExoticComponent } from 'react'
import type { MessageId } from '../i18n/text.ts'
import type { Person } from '../session/answer.ts'
import type { IconName } from '../ui/Icon.tsx'

/** What a page of the settings is given: who is signed in. */
export interface SettingsProps {
  person: Person
}

export interface SettingsPage {
  /** Its step in the address: #/settings/ID. */
  id: string
  title: MessageId
  icon: IconName
  /** The page: a default export, loaded when it is opened. It begins with a PageHead. */
  component: LazyExoticComponent<ComponentType<SettingsProps>>
}

/** The pages, in the order they are listed. */
export const pages: readonly SettingsPage[] = [
  { id: 'general', title: 'settings.general', icon: 'settings', component: lazy(() => import('./General.tsx')) },
  { id: 'identities', title: 'settings.identities', icon: 'draft', component: lazy(() => import('./Identities.tsx')) },
  { id: 'absence', title: 'settings.absence', icon: 'clock', component: lazy(() => import('./Absence.tsx')) },
  { id: 'sharing', title: 'sharing.title', icon: 'team', component: lazy(() => import('./Sharing.tsx')) },
  { id: 'delegates', title: 'settings.delegates', icon: 'person', component: lazy(() => import('./Delegates.tsx')) },
  { id: 'sign-in', title: 'signin.title', icon: 'shield', component: lazy(() => import('./SigningIn.tsx')) },
  { id: 'devices', title: 'signin.devices', icon: 'screen', component: lazy(() => import('./Devices.tsx')) },
  { id: 'app-passwords', title: 'signin.apps', icon: 'key', component: lazy(() => import('./AppPasswords.tsx')) },
]
