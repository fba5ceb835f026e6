import type { ReactNode } from 'react'
import { Button as AriaButton, type ButtonProps, Tooltip, TooltipTrigger } from 'react-aria-components'
import { Icon, type IconName } from './Icon.tsx'
import { useKey } from './key.tsx'

interface Props extends Omit<ButtonProps, 'className' | 'style' | 'children'> {
  kind?: 'plain' | 'main' | 'line' | 'undo' | 'danger'
  /** The key that does the same. */
  shortcut?: string
  children: ReactNode
}

export function Button({ kind = 'plain', shortcut, ...props }: Props) {
  return <AriaButton {...props} className="button" data-kind={kind} aria-keyshortcuts={useKey(shortcut)} />
}

interface IconProps extends Omit<ButtonProps, 'className' | 'style' | 'children'> {
  icon: IconName
  /** What it does; the tooltip too. */
  label: string
  /** The key that does the same. */
  shortcut?: string
  filled?: boolean
  selected?: boolean
}

export function IconButton({ icon, label, shortcut, filled, selected, ...props }: IconProps) {
  const key = useKey(shortcut)
  return (
    <TooltipTrigger delay={600} closeDelay={300}>
      <AriaButton {...props} className="button" data-kind="icon" data-selected={selected || undefined} aria-label={label} aria-keyshortcuts={key}>
        <Icon name={icon} filled={filled} />
      </AriaButton>
      {/* It is the description of the button: one that is the name is not said twice, and the key is told by itself. */}
      <Tooltip className="tooltip" offset={6} aria-label={label}>
        {label}
        {key ? ` · ${key}` : ''}
      </Tooltip>
    </TooltipTrigger>
  )
}
