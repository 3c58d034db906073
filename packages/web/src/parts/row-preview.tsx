import { Text } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from './data-table.tsx'
import { Loaded } from './loaded.tsx'
import { LongText } from './long-text.tsx'

type Row = Readonly<Record<string, string | null>>

interface RowPreviewProps {
  /** What the rows are of. */
  readonly label: string
  readonly of: UseQueryResult<{
    readonly columns: readonly { readonly name: string; readonly type: string }[]
    readonly rows: readonly Row[]
  }>
}

interface PreviewLine {
  readonly index: number
  readonly row: Row
}

/** The first rows of something, under its columns with their types. */
export function RowPreview({ label, of }: RowPreviewProps) {
  const { text } = useLocale()
  return (
    <Loaded of={of}>
      {({ columns, rows }) =>
        rows.length === 0 ? (
          <Text c="dimmed">{text.models.noRows}</Text>
        ) : (
          <DataTable<PreviewLine>
            label={label}
            rows={rows.map((row, index) => ({ row, index }))}
            keyOf={(line) => line.index}
            minWidth={Math.max(480, columns.length * 170)}
            maxHeight={420}
            columns={columns.map((column) => ({
              head: `${column.name} · ${column.type.toLowerCase()}`,
              cell: (line) => <PreviewValue value={line.row[column.name] ?? null} />,
            }))}
          />
        )
      }
    </Loaded>
  )
}

function PreviewValue({ value }: { readonly value: string | null }) {
  if (value !== null) return <LongText of={value} />
  return (
    <Text span inherit c="dimmed">
      null
    </Text>
  )
}
