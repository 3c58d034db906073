import {
  Alert,
  Button,
  Checkbox,
  FileInput,
  Group,
  List,
  NativeSelect,
  Progress,
  Stack,
  Text,
} from '@mantine/core'
import { importCsv, openCsv, previewCsv, rejectedRows } from '@muster/core/api/user-import.ts'
import type { UserImport as Import } from '@muster/core/api/user-import-routes.ts'
import { type CsvColumn, columnTypes } from '@muster/core/engage/csv-user.ts'
import { csvLine } from '@muster/core/lib/csv.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../api.ts'
import { csvRows } from '../csv-rows.ts'
import { useLocale } from '../locales/locale.tsx'
import { DataTable } from './data-table.tsx'
import { ErrorNotice } from './error-notice.tsx'
import { Panel } from './panel.tsx'

interface Chosen {
  readonly file: File
  readonly columns: readonly CsvColumn[]
  readonly firstCells: readonly string[]
  readonly problems: readonly string[]
  readonly rejected: readonly { readonly line: number; readonly reason: string }[]
  readonly seen: number
}

/** Choose a file, see what its columns would be read as, import it and watch how far it is. */
export function UserImport() {
  const { text } = useLocale()
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const looking = useMutation({
    mutationFn: async (file: File): Promise<Chosen> => {
      const csv = await openCsv(csvRows(file, () => {}))
      const { columns, problems, rejected } = await previewCsv(api, csv, new Map())
      return {
        file,
        columns,
        problems,
        rejected,
        firstCells: csv.first[0]?.cells ?? [],
        seen: csv.first.length,
      }
    },
    onSuccess: setChosen,
  })
  const choose = (file: File | null): void => {
    setChosen(null)
    looking.reset()
    if (file) looking.mutate(file)
  }
  return (
    <Panel title={text.users.importTitle} hint={text.users.importHint}>
      <Stack gap="sm">
        <FileInput
          label={text.users.choose}
          placeholder={text.users.choose}
          accept=".csv,text/csv"
          clearable
          onChange={choose}
          style={{ maxWidth: 420 }}
        />
        {looking.isError ? <ErrorNotice error={looking.error} /> : null}
        {chosen ? <Preview key={chosen.file.name + chosen.file.lastModified} chosen={chosen} /> : null}
      </Stack>
    </Panel>
  )
}

function Preview({ chosen }: { readonly chosen: Chosen }) {
  const { text } = useLocale()
  const [types, setTypes] = useState(new Map(chosen.columns.map(({ name, type }) => [name, type])))
  const [existingOnly, setExistingOnly] = useState(false)
  const [share, setShare] = useState(0)
  const [soFar, setSoFar] = useState<Import | null>(null)
  const queries = useQueryClient()
  const importing = useMutation({
    mutationFn: async () => {
      const csv = await openCsv(csvRows(chosen.file, setShare))
      return importCsv(api, csv, { name: chosen.file.name, existingOnly, types }, setSoFar)
    },
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: ['user-imports'] })
      await queries.invalidateQueries({ queryKey: ['users'] })
    },
  })
  const begun = !importing.isIdle
  return (
    <Stack gap="sm">
      <DataTable
        label={text.users.importTitle}
        rows={chosen.columns.map((column, place) => ({ ...column, first: chosen.firstCells[place] ?? '' }))}
        keyOf={(column) => column.name}
        columns={[
          { head: text.users.column, cell: (column) => column.name },
          {
            head: text.users.readAs,
            cell: (column) => (
              <NativeSelect
                size="xs"
                aria-label={`${text.users.readAs}: ${column.name}`}
                disabled={begun}
                value={types.get(column.name) ?? 'text'}
                onChange={(event) => {
                  const type = columnTypes.find((one) => one === event.currentTarget.value)
                  if (type) setTypes(new Map([...types, [column.name, type]]))
                }}
                data={columnTypes.map((type) => ({ value: type, label: text.users.types[type] }))}
              />
            ),
          },
          { head: text.users.firstValue, cell: (column) => column.first },
        ]}
      />
      <Text size="sm" c="dimmed">
        {text.users.seen(chosen.seen)}
      </Text>
      <Findings chosen={chosen} />
      <Group>
        <Checkbox
          label={text.users.existingOnly}
          checked={existingOnly}
          disabled={begun}
          onChange={(event) => setExistingOnly(event.currentTarget.checked)}
        />
        <Button
          disabled={chosen.problems.length > 0 || importing.isSuccess}
          loading={importing.isPending}
          onClick={() => importing.mutate()}
        >
          {text.users.begin}
        </Button>
      </Group>
      {begun ? (
        <Progress value={share * 100} aria-label={text.users.progress} animated={importing.isPending} />
      ) : null}
      {importing.isPending && soFar ? (
        <Text size="sm" role="status">
          {text.users.soFar(soFar.rows_read, soFar.rejected)}
        </Text>
      ) : null}
      {importing.isError ? <ErrorNotice error={importing.error} /> : null}
      {importing.isSuccess ? <Outcome of={importing.data} /> : null}
    </Stack>
  )
}

function Findings({ chosen: { problems, rejected } }: { readonly chosen: Chosen }) {
  const { text } = useLocale()
  if (problems.length + rejected.length === 0) return null
  return (
    <Alert color={problems.length > 0 ? 'red' : 'yellow'}>
      <List size="sm">
        {problems.map((problem) => (
          <List.Item key={problem}>{problem}</List.Item>
        ))}
        {rejected.slice(0, 5).map(({ line, reason }) => (
          <List.Item key={line}>{text.users.wouldReject(line, reason)}</List.Item>
        ))}
      </List>
    </Alert>
  )
}

function Outcome({ of }: { readonly of: Import }) {
  const { text } = useLocale()
  return (
    <Alert color={of.rejected > 0 ? 'yellow' : 'teal'} role="status">
      <Stack gap="xs" align="flex-start">
        {text.users.done(of.rows_read, of.created, of.updated, of.rejected)}
        {of.rejected > 0 ? <RejectedRowsButton of={of} /> : null}
      </Stack>
    </Alert>
  )
}

/** Saves the rejected rows as a CSV file: the file's own columns, the line and the reason. */
export function RejectedRowsButton({ of }: { readonly of: Import }) {
  const { text } = useLocale()
  const saving = useMutation({
    mutationFn: async () => {
      const lines = [csvLine([...of.columns.map(({ name }) => name), 'line', 'reason'])]
      for await (const { cells, line, reason } of rejectedRows(api, of.id)) {
        const length = Math.max(of.columns.length, cells.length)
        const padded = Array.from({ length }, (_, place) => cells[place] ?? '')
        lines.push(csvLine([...padded, String(line), reason]))
      }
      const address = URL.createObjectURL(new Blob(lines, { type: 'text/csv' }))
      const link = document.createElement('a')
      link.href = address
      link.download = of.name.replace(/(\.csv)?$/i, '-rejected.csv')
      link.click()
      setTimeout(() => URL.revokeObjectURL(address), 10_000)
    },
  })
  return (
    <Button size="xs" variant="default" loading={saving.isPending} onClick={() => saving.mutate()}>
      {text.users.download}
    </Button>
  )
}
