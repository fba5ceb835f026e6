import type { ReactNode } from 'react'
import { Button as AriaButton, type ButtonProps, Tooltip, TooltipTrigger } from 'react-aria-components'
import { Icon, type IconName } from './Icon.tsx'

interface Props extends Omit<ButtonProps, 'className' | 'style' | 'children'> {
  kind?: 'plain' | 'main' | 'line' | 'undo' | 'danger'
  children: ReactNode
}

export function Button({ kind = 'plain', ...props }: Props) {
  return <AriaButton {...props} className="button" data-kind={kind} />
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
  return (
    <TooltipTrigger delay={600} closeDelay={300}>
      <AriaButton {...props} className="button" data-kind="icon" data-selected={selected || undefined} aria-label={label} aria-keyshortcuts={shortcut}>
        <Icon name={icon} filled={filled} />
      </AriaButton>
      <Tooltip className="tooltip" offset={6}>
        {label}
        {shortcut ? ` · ${shortcut}` : ''}
      </Tooltip>
    </TooltipTrigger>
  )
}
