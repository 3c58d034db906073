import { Button, Code, Stack, Text, TextInput } from '@mantine/core'
import type { SourceTable } from '@muster/core/api/source-routes.ts'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from './data-table.tsx'
import { Loaded } from './loaded.tsx'
import { RowPreview } from './row-preview.tsx'
import { SubTitle } from './sub-title.tsx'

/** How many tables are drawn; a filter finds the others. */
const shown = 100

/** What a source can read, on demand: tables and views with their columns. */
export function SourceTables({ source }: { readonly source: string }) {
  const { text } = useLocale()
  const [open, setOpen] = useState(false)
  return (
    <Stack gap="sm">
      <div>
        <Button size="xs" variant="default" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? text.sources.hideTables : text.sources.showTables}
        </Button>
      </div>
      {open ? <Tables source={source} /> : null}
    </Stack>
  )
}

function Tables({ source }: { readonly source: string }) {
  const { text } = useLocale()
  const [filter, setFilter] = useState('')
  const [shownTable, setShownTable] = useState<SourceTable | null>(null)
  const tables = useQuery({
    queryKey: ['tables', source],
    queryFn: () => api.listSourceTables({ params: { name: source } }),
    staleTime: 60_000,
  })
  return (
    <Loaded of={tables}>
      {(catalog) => {
        const found = catalog.tables.filter((table) => matches(table, filter))
        return (
          <Stack gap="xs">
            {catalog.tables.length > 5 ? (
              <TextInput
                size="xs"
                aria-label={text.sources.filterTables}
                placeholder={text.sources.filterTables}
                value={filter}
                onChange={(event) => setFilter(event.currentTarget.value)}
              />
            ) : null}
            <DataTable<SourceTable>
              label={text.sources.tablesOf(source)}
              rows={found.slice(0, shown)}
              keyOf={nameOf}
              maxHeight={420}
              columns={[
                { head: text.sources.table, cell: (table) => <Code>{nameOf(table)}</Code> },
                { head: text.sources.columns, cell: (table) => <Columns of={table} /> },
                {
                  head: text.sources.rows,
                  cell: (table) => (
                    <Button
                      size="compact-xs"
                      variant="default"
                      aria-label={text.models.previewOf(nameOf(table))}
                      onClick={() => setShownTable(table)}
                    >
                      {text.sources.showRows}
                    </Button>
                  ),
                },
              ]}
            />
            <Text size="sm" c="dimmed">
              {text.sources.tablesShown(Math.min(found.length, shown), found.length, catalog.complete)}
            </Text>
            {shownTable === null ? null : (
              <TableRows key={nameOf(shownTable)} source={source} table={shownTable} />
            )}
          </Stack>
        )
      }}
    </Loaded>
  )
}

/** The first rows of a table, as a model that reads it would give them. */
function TableRows({ source, table }: { readonly source: string; readonly table: SourceTable }) {
  const { text } = useLocale()
  const name = nameOf(table)
  const place = useRef<HTMLDivElement>(null)
  const preview = useQuery({
    queryKey: ['table-rows', source, name],
    queryFn: () =>
      api.previewDefinition({ body: { source, table: name, key: table.columns[0]?.name ?? 'id' } }),
    staleTime: 60_000,
  })
  // The button that was pressed stands above: the eye and the keyboard go to what opened.
  useEffect(() => place.current?.focus(), [])
  return (
    <div ref={place} tabIndex={-1} style={{ outline: 'none' }}>
      <SubTitle>{text.models.previewOf(name)}</SubTitle>
      <RowPreview label={text.models.previewOf(name)} of={preview} />
    </div>
  )
}

function Columns({ of: table }: { readonly of: SourceTable }) {
  return (
    <Text inherit size="sm">
      {table.columns.map(({ name, type }, index) => (
        <span key={name}>
          {index === 0 ? '' : ', '}
          {name}{' '}
          <Text span inherit c="dimmed">
            {type.toLowerCase()}
          </Text>
        </span>
      ))}
    </Text>
  )
}

/** The name under which a model reads it. */
function nameOf({ schema, name }: SourceTable): string {
  return schema === null ? name : `${schema}.${name}`
}

function matches(table: SourceTable, filter: string): boolean {
  const wanted = filter.trim().toLowerCase()
  const names = [nameOf(table), ...table.columns.map((column) => column.name)]
  return names.some((name) => name.toLowerCase().includes(wanted))
}
