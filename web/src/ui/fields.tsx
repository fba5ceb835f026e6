import type { ReactNode } from 'react'
import {
  Button, Checkbox, type CheckboxProps, FieldError, Input, Label, ListBox, ListBoxItem, Popover, Radio, RadioGroup, Select, SelectValue, Text, TextArea, TextField, type TextFieldProps,
} from 'react-aria-components'
import { Icon } from './Icon.tsx'
import './fields.css'

interface FieldProps extends Omit<TextFieldProps, 'className' | 'style' | 'children'> {
  label: string
  /** A sentence below. */
  hint?: string
  /** What is wrong with it. */
  fault?: string
  placeholder?: string
  /** The first day of a date field. */
  min?: string
  /** More than one line, so many at first. */
  rows?: number
}

/** A text to be typed. */
export function Field({ label, hint, fault, placeholder, min, rows, ...props }: FieldProps) {
  return (
    <TextField {...props} className="field" isInvalid={Boolean(fault)} validationBehavior="aria">
      <Label>{label}</Label>
      {rows ? <TextArea dir="auto" rows={rows} placeholder={placeholder} /> : <Input dir="auto" placeholder={placeholder} min={min} />}
      {hint && <Text slot="description">{hint}</Text>}
      <FieldError>{fault}</FieldError>
    </TextField>
  )
}

export interface Option<T extends string> {
  id: T
  text: string
  /** A sentence about it. */
  hint?: string
}

interface ChoiceProps<T extends string> {
  label: string
  hint?: string
  value: T
  options: readonly Option<T>[]
  isDisabled?: boolean
  onChange: (value: T) => void
}

/** One of a few, all of them seen. */
export function Radios<T extends string>({ label, hint, value, options, isDisabled, onChange }: ChoiceProps<T>) {
  return (
    <RadioGroup className="field radios" value={value} isDisabled={isDisabled} onChange={(next) => onChange(next as T)}>
      <Label>{label}</Label>
      {options.map((option) => (
        <Radio key={option.id} value={option.id} className="tick">
          <span className="tick-mark" data-round />
          <span>
            {option.text}
            {option.hint && <small>{option.hint}</small>}
          </span>
        </Radio>
      ))}
      {hint && <Text slot="description">{hint}</Text>}
    </RadioGroup>
  )
}

/** One of several, in a menu. */
export function Choose<T extends string>({ label, hint, value, options, isDisabled, onChange }: ChoiceProps<T>) {
  return (
    <Select className="field" selectedKey={value} isDisabled={isDisabled} onSelectionChange={(key) => key !== null && onChange(String(key) as T)}>
      <Label>{label}</Label>
      <Button className="select">
        <SelectValue className="cut">{({ selectedText }) => selectedText}</SelectValue>
        <Icon name="chevron" />
      </Button>
      {hint && <Text slot="description">{hint}</Text>}
      <Popover className="popover">
        <ListBox className="menu" items={options}>
          {(option) => (
            <ListBoxItem id={option.id} className="menu-item menu-option" textValue={option.text}>
              <Text slot="label">{option.text}</Text>
              {option.hint && <Text slot="description">{option.hint}</Text>}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  )
}

interface TickProps extends Omit<CheckboxProps, 'className' | 'style' | 'children'> {
  hint?: string
  children: ReactNode
}

/** Yes or no. */
export function Tick({ hint, children, ...props }: TickProps) {
  return (
    <Checkbox {...props} className="tick">
      <span className="tick-mark">
        <Icon name="check" />
      </span>
      <span>
        {children}
        {hint && <small>{hint}</small>}
      </span>
    </Checkbox>
  )
}
