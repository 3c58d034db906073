import { useLocale } from '../locales/locale.tsx'
import styles from './limit-bar.module.css'

interface LimitBarProps {
  readonly value: number
  readonly limit: number
  /** The limit in words. */
  readonly written: string
}

/** A bar as long as what was found, with a mark at the limit; the words beside it say the same. */
export function LimitBar({ value, limit, written }: LimitBarProps) {
  const { text } = useLocale()
  const whole = Math.max(value, limit) * 1.15 || 1
  const percent = (part: number): string => `${(100 * part) / whole}%`
  const nearEnd = limit > whole * 0.7
  return (
    <div className={styles.picture} aria-hidden="true">
      <div className={styles.track}>
        <div className={styles.within} style={{ width: percent(Math.min(value, limit)) }} />
        <div className={styles.beyond} style={{ width: percent(Math.max(0, value - limit)) }} />
        <div className={styles.mark} style={{ left: percent(limit) }} />
      </div>
      <div className={styles.scale}>
        <span style={nearEnd ? { right: `calc(100% - ${percent(limit)})` } : { left: percent(limit) }}>
          {text.breach.limit} {written}
        </span>
      </div>
    </div>
  )
}
