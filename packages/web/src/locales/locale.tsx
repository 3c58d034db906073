import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import { en, type Text } from './en.ts'
import { es } from './es.ts'

const catalogs = { en, es } as const
export type Language = keyof typeof catalogs
export const languages: readonly Language[] = ['en', 'es']

/** How the page speaks: its words, and the forms of numbers and times. */
export interface Locale {
  readonly language: Language
  readonly setLanguage: (language: Language) => void
  readonly text: Text
  readonly number: (value: number) => string
  /** Takes a part and its whole. */
  readonly percent: (part: number, whole: number) => string
  /** Takes milliseconds; gives them in the unit that fits: `15 minutes`. */
  readonly duration: (ms: number) => string
  /** Takes ISO-8601. */
  readonly instant: (iso: string) => string
}

function localeOf(language: Language, setLanguage: (language: Language) => void): Locale {
  const tag = regionOf(language)
  const number = new Intl.NumberFormat(tag)
  const percent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 })
  const instant = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'medium' })
  return {
    language,
    setLanguage,
    text: catalogs[language],
    number: (value) => number.format(value),
    percent: (part, whole) => percent.format(whole === 0 ? 0 : part / whole),
    duration: durationIn(tag),
    instant: (iso) => instant.format(new Date(iso)),
  }
}

const unitMs = { day: 86_400_000, hour: 3_600_000, minute: 60_000, second: 1_000 } as const
type Unit = keyof typeof unitMs
const units: readonly Unit[] = ['day', 'hour', 'minute', 'second']

/** In the largest unit of which it is a whole number, or else of which it is two at least. */
function durationIn(tag: string): (ms: number) => string {
  return (ms) => {
    const step = ms < 10_000 ? 100 : 1_000
    const whole = Math.max(0, Math.round(ms / step)) * step
    const exact = units.find((unit) => whole >= unitMs[unit] && whole % unitMs[unit] === 0)
    const near = units.find((unit) => whole >= 2 * unitMs[unit]) ?? 'second'
    const unit = exact && unitMs[exact] >= unitMs[near] ? exact : near
    const format = new Intl.NumberFormat(tag, {
      style: 'unit',
      unit,
      unitDisplay: 'long',
      maximumFractionDigits: 1,
    })
    return format.format(whole / unitMs[unit])
  }
}

/** The reader's own region of the language decides the forms: 23/11/2026 or 11/23/2026. */
function regionOf(language: Language): string {
  const spoken = navigator.languages.find((tag) => tag.startsWith(language) && isLanguageTag(tag))
  return spoken ?? language
}

/** A browser started without a locale may call its language `en-US@posix`, which Intl refuses. */
function isLanguageTag(tag: string): boolean {
  return /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(tag)
}

const LocaleContext = createContext(localeOf('en', () => {}))
const storageKey = 'muster-language'

export function useLocale(): Locale {
  return useContext(LocaleContext)
}

/** Gives the page its language: the one chosen before on this browser, else the browser's own. */
export function LocaleProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage)
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const choose = (chosen: Language): void => {
    localStorage.setItem(storageKey, chosen)
    setLanguage(chosen)
  }
  return <LocaleContext value={localeOf(language, choose)}>{children}</LocaleContext>
}

function firstLanguage(): Language {
  const wanted = [localStorage.getItem(storageKey), ...navigator.languages.map((tag) => tag.slice(0, 2))]
  const spoken = wanted.map((tag) => languages.find((language) => language === tag))
  return spoken.find((language) => language !== undefined) ?? 'en'
}
