import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'

interface Props {
  label: string
  value: string
  options: readonly { id: string; text: string }[]
  onChange: (value: string) => void
}

/** One of a few views of the same list. */
export function Switcher({ label, value, options, onChange }: Props) {
  return (
    <ToggleButtonGroup aria-label={label} className="switcher" selectionMode="single" disallowEmptySelection selectedKeys={[value || 'all']} onSelectionChange={(keys) => onChange([...keys].map(String).filter((k) => k !== 'all')[0] ?? '')}>
      {options.map((o) => (
        <ToggleButton key={o.id || 'all'} id={o.id || 'all'} className="switcher-choice">
          {o.text}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  )
}
