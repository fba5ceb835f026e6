import { useLingui } from '@lingui/react'
import { useMemo } from 'react'

export interface Format {
  /** A moment as short as it can be: the time today, the day this year, else the date. */
  brief(moment: string | undefined, now?: Date): string
  /** The day of a moment, in words. */
  day(moment: string | undefined): string
  /** A moment as day and time. */
  moment(moment: string | undefined): string
  /** A moment to the second, in figures. */
  exact(moment: string | undefined): string
  /** A moment in full. */
  full(moment: string | undefined): string
  number(value: number): string
  /** A size in bytes. */
  size(bytes: number): string
}

export function formats(locale: string): Format {
  const time = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' })
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
  const date = new Intl.DateTimeFormat(locale, { day: '2-digit', month: '2-digit', year: '2-digit' })
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' })
  const long = new Intl.DateTimeFormat(locale, { dateStyle: 'long' })
  const both = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' })
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'medium' })
  const number = new Intl.NumberFormat(locale)
  const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const valid = (moment: string | undefined) => {
    const at = moment ? new Date(moment) : undefined
    return at && !Number.isNaN(at.getTime()) ? at : undefined
  }
  return {
    brief(moment, now = new Date()) {
      const at = valid(moment)
      if (!at) return ''
      if (at.toDateString() === now.toDateString()) return time.format(at)
      return at.getFullYear() === now.getFullYear() ? day.format(at) : date.format(at)
    },
    day(moment) {
      const at = valid(moment)
      return at ? long.format(at) : ''
    },
    moment(moment) {
      const at = valid(moment)
      return at ? both.format(at) : ''
    },
    exact(moment) {
      const at = valid(moment)
      return at ? exact.format(at) : ''
    },
    full(moment) {
      const at = valid(moment)
      return at ? full.format(at) : ''
    },
    number: (value) => number.format(value),
    size(bytes) {
      let value = bytes
      let unit = 'B'
      for (const next of ['kB', 'MB', 'GB']) {
        if (value < 1000) break
        value /= 1000
        unit = next
      }
      return `${decimal.format(value >= 10 ? Math.round(value) : value)} ${unit}`
    },
  }
}

export function useFormat(): Format {
  const { i18n } = useLingui()
  const language = i18n.locale
  // The browser knows the country as well, and with it how times are written.
  return useMemo(() => known(navigator.languages.find((l) => l === language || l.startsWith(`${language}-`)) ?? language), [language])
}

const made = new Map<string, Format>()

/** The formats of a place: to make them takes as long as to render the row that asks for them. */
function known(locale: string): Format {
  let format = made.get(locale)
  if (!format) made.set(locale, (format = formats(locale)))
  return format
}
