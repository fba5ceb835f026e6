import { i18n } from '@lingui/core'
import { useLingui } from '@lingui/react'
import { useMemo } from 'react'
import { wordBy, type Wording } from '../ui/worded.ts'
import type admin from './en/admin.json'
import type compose from './en/compose.json'
import type contacts from './en/contacts.json'
import type mail from './en/mail.json'
import type session from './en/session.json'
import type settings from './en/settings.json'
import type sharing from './en/sharing.json'
import type signin from './en/signin.json'
import type team from './en/team.json'
import type ui from './en/ui.json'

/** Every text of the client. A new subject is a JSON file in each language, and a line here; one that is not of the mail is a word in build/messages.ts as well. */
export type MessageId = Extract<keyof typeof admin | keyof typeof compose | keyof typeof contacts | keyof typeof mail | keyof typeof session | keyof typeof settings | keyof typeof sharing | keyof typeof signin | keyof typeof team | keyof typeof ui, string>

export type Values = Record<string, string | number | Date>

export type Text = (id: MessageId, values?: Values) => string

export const languages = { en: 'English', de: 'Deutsch' } as const

export type Language = keyof typeof languages

const loaders: Record<Language, () => Promise<{ default: Record<string, string> }>> = {
  en: () => import('virtual:messages/en'),
  de: () => import('virtual:messages/de'),
}

/** The texts of what is beside the mail. */
const lateLoaders: typeof loaders = {
  en: () => import('virtual:messages/en/late'),
  de: () => import('virtual:messages/de/late'),
}

let wantsLate = false

/** How the refusals of the server, which are in English, are said in other languages. */
const wordings: Partial<Record<Language, () => Promise<Wording>>> = { de: () => import('./german.ts') }

/** Languages written from right to left, for when there are some. */
const rightToLeft = new Set(['ar', 'fa', 'he', 'ur'])

const kept = 'postroom.language'

/** Where tests say `rtl`, to see what the page is like before it has a language written so. */
const turned = 'postroom.direction'

/** What the person chose, or else the first language of the browser that is here. */
export function preferredLanguage(): Language {
  const wishes = [localStorage.getItem(kept), ...navigator.languages]
  for (const wish of wishes) {
    const language = wish?.slice(0, 2)
    if (language && language in languages) return language as Language
  }
  return 'en'
}

export async function activateLanguage(language: Language): Promise<void> {
  const { default: catalogue } = await loaders[language]()
  const late = wantsLate ? (await lateLoaders[language]()).default : {}
  wordBy(undefined)
  // Nobody waits for these: until they are there, a refusal is said in the server's words.
  void wordings[language]?.().then((wording) => i18n.locale === language && wordBy(wording), () => {})
  i18n.loadAndActivate({ locale: language, messages: { ...catalogue, ...late } })
  document.documentElement.lang = language
  document.documentElement.dir = rightToLeft.has(language) || localStorage.getItem(turned) === 'rtl' ? 'rtl' : 'ltr'
}

/** Loads a part of the client together with the texts of what is beside the mail: they are there when it is. */
export async function withTexts<T>(load: () => Promise<T>): Promise<T> {
  wantsLate = true
  const language = i18n.locale as Language
  const [part, { default: late }] = await Promise.all([load(), lateLoaders[language]()])
  i18n.load(language, late)
  return part
}

export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(kept, language)
  await activateLanguage(language)
}

/** The locale that parts of others take the direction of the page from. */
export function directedLocale(locale: string): string {
  return document.documentElement.dir === 'rtl' && !rightToLeft.has(locale) ? 'he' : locale
}

/** Letters that are written from right to left. */
const toLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/

/**
 * Names that are written in the other direction than the page stand for themselves (UAX #9, FSI and PDI), so that they do not turn round what is
 * beside them. Words alone need nothing, and some of those choose a form of the text.
 */
function apart(values: Values): Values {
  const page = document.documentElement.dir
  const other = (text: string) => (page === 'rtl' ? /[a-z]/i.test(text) && !/^[a-z]+$/i.test(text) : toLeft.test(text))
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeof value === 'string' && other(value) ? `\u2068${value}\u2069` : value]))
}

/** The texts in the language of the page. */
export function useText(): Text {
  const { i18n: current } = useLingui()
  const locale = current.locale
  // A new function for each language, so that what depends on it is made anew.
  // oxlint-disable-next-line react-hooks/exhaustive-deps
  return useMemo<Text>(() => (id, values) => current._(id as string, values && apart(values)), [current, locale])
}

export { i18n }
