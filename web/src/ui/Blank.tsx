import type { ReactNode } from 'react'
import { Icon, type IconName } from './Icon.tsx'

/** A place with nothing in it says why, and what one can do. */
export function Blank({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="blank">
      <Icon name={icon} />
      <strong>{title}</strong>
      {children}
    </div>
  )
}
