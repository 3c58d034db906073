import type { FateCounts } from '@muster/core/api/engage.ts'
import { type Fate, fates } from '@muster/core/engage/membership.ts'
import { useLocale } from '../locales/locale.tsx'
import { ShareBar } from './share-bar.tsx'

const fateColors: Readonly<Record<Fate, string>> = {
  added: 'teal.6',
  already_in: 'teal.3',
  removed: 'orange.6',
  not_in: 'gray.5',
  unknown: 'red.6',
  device_of_identified: 'yellow.6',
}

/** What became of imported ids, as a sum. */
export function FateBar({ whole, counts }: { readonly whole: string; readonly counts: FateCounts }) {
  const { text } = useLocale()
  return (
    <ShareBar
      whole={whole}
      parts={fates.map((fate) => ({ label: text.fate[fate], value: counts[fate], color: fateColors[fate] }))}
    />
  )
}

interface ImportedId {
  readonly kind: 'external_id' | 'alias' | 'device_id'
  readonly label: string | null
  readonly value: string
}

/** An id of an import as people write it: `4711`, `alias:crm:C-12`, `device:8f3a`. */
export function importedIdText({ kind, label, value }: ImportedId): string {
  if (kind === 'external_id') return value
  return kind === 'alias' ? `alias:${label ?? ''}:${value}` : `device:${value}`
}
