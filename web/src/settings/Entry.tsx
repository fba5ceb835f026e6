import type { ReactNode } from 'react'
import type { Text } from '../i18n/text.ts'
import type { Format } from '../ui/format.ts'
import { Icon, type IconName } from '../ui/Icon.tsx'
import type { Use } from './signin.ts'

interface Props {
  icon: IconName
  name: string
  /** Stands behind the name. */
  mark?: string
  facts: readonly string[]
  children?: ReactNode
}

/** One of a list: a passkey, a browser, an app password. */
export function Entry({ icon, name, mark, facts, children }: Props) {
  return (
    <li className="signin-entry">
      <span className="signin-icon" aria-hidden="true">
        <Icon name={icon} />
      </span>
      <div className="signin-words">
        <p className="signin-name">
          <bdi className="cut">{name}</bdi>
          {mark && <span className="signin-mark">{mark}</span>}
        </p>
        {facts.map((fact) => (
          <p key={fact} className="quiet">
            <bdi>{fact}</bdi>
          </p>
        ))}
      </div>
      {children && <div className="signin-actions">{children}</div>}
    </li>
  )
}

/** When and from where something was used last. */
export function usedText(use: Use | undefined, t: Text, format: Format): string {
  if (!use) return t('signin.neverUsed')
  return use.remote ? t('signin.usedFrom', { when: format.brief(use.at), remote: use.remote }) : t('signin.used', { when: format.brief(use.at) })
}
