import { useLocale } from '../locales/locale.tsx'

/** A point in time as its reader writes it; null where it never came. Takes ISO-8601. */
export function Moment({ at }: { readonly at: string | null }) {
  const { text, instant } = useLocale()
  if (at === null) return <span>{text.act.never}</span>
  return (
    <time dateTime={at} style={{ whiteSpace: 'nowrap' }}>
      {instant(at)}
    </time>
  )
}
