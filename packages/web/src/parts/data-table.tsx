import { Table } from '@mantine/core'
import type { ReactNode } from 'react'

export interface Column<Row> {
  readonly head: string
  readonly cell: (row: Row) => ReactNode
  /** Figures stand at the right, so that their digits line up. */
  readonly figure?: boolean
}

interface DataTableProps<Row> {
  /** What the table lists, for a screen reader. */
  readonly label: string
  readonly rows: readonly Row[]
  readonly columns: readonly Column<Row>[]
  readonly keyOf: (row: Row) => string | number
  readonly minWidth?: number
  /** Beyond this height the rows scroll below their heads. */
  readonly maxHeight?: number
}

/** Rows under named columns; on a narrow screen it scrolls by itself, not with the page, by the keyboard too. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, rows, columns, keyOf, minWidth = 480, maxHeight } = props
  return (
    <Table.ScrollContainer
      minWidth={minWidth}
      type="native"
      tabIndex={0}
      {...(maxHeight === undefined ? {} : { maxHeight })}
    >
      <Table verticalSpacing="xs" aria-label={label} highlightOnHover stickyHeader={maxHeight !== undefined}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column.head} ta={column.figure ? 'right' : 'left'}>
                {column.head}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={keyOf(row)}>
              {columns.map((column) => (
                <Table.Td
                  key={column.head}
                  ta={column.figure ? 'right' : 'left'}
                  style={column.figure ? { fontVariantNumeric: 'tabular-nums' } : {}}
                >
                  {column.cell(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
