import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { compiledDialects } from '@muster/core/sync/compile/speech.ts'
import {
  changesSql,
  createChangeSql,
  createStateSql,
  fillAgainSql,
  fillChangesSql,
  fillFirstChangesSql,
  fillMovedAgainSql,
  foldDeltaSql,
  renameTableSql,
  standingSql,
  sumsSql,
} from '@muster/core/sync/compile/warehouse.ts'
import { type Accepted, diff } from '@muster/core/sync/diff.ts'
import { identifierKey, toPlain } from '@muster/core/sync/identifier.ts'
import { identifyRow, type Member, membersOf } from '@muster/core/sync/member.ts'
import { rowFilesSql } from '@muster/core/sync/row-files.ts'
import type { RowFiles } from '@muster/core/sync/source.ts'
import type { WarehouseSession } from '@muster/core/sync/warehouse.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rowsSql, type TestRow, testColumns, testIdentifiers, testRows } from './source-compiled.ts'
import type { SourceUnderTest } from './source-setup.ts'

const { signal } = new AbortController()

/** A source that compares by itself finds what core's `diff` finds. */
export function warehouseContract({ setup, config, open, emptyDirectory }: SourceUnderTest): void {
  const dialect = compiledDialects.find((one) => one === setup.source.dialect)
  const canCompare = ['duckdb', 'postgres', 'mysql', 'clickhouse'].includes(setup.source.name)
  if (!dialect || !canCompare) return

  const given = fc.record({
    before: testRows(setup.speech.hasNul),
    now: testRows(setup.speech.hasNul),
    unsure: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
    assertsAll: fc.boolean(),
  })

  /** Compares by the warehouse and by core, which must come to the same. */
  const compareBoth = async (
    known: readonly Accepted[],
    now: readonly TestRow[],
    assertsAll: boolean,
  ): Promise<void> => {
    const { members, accounting } = membersOf(now.map(asRow), testIdentifiers)
    const model = {
      rows: await open().selectText(rowsSql(dialect, setup.speech, now), testColumns),
      key: 'k',
      identifiers: testIdentifiers,
    }
    const found = await inSession(async (session, directory) => {
      const tables = {
        state: session.stays('contract_state'),
        change: session.passes('contract_change'),
      }
      await session.run(`drop table if exists ${tables.state}`)
      await session.run(createStateSql(dialect, tables.state))
      await session.load(tables.state, await stateFile(directory, known))
      await session.run(createChangeSql(dialect, tables))
      await session.settle()
      await session.run(
        known.length === 0
          ? fillFirstChangesSql(dialect, model, tables)
          : fillChangesSql(dialect, model, tables, { again: assertsAll }),
      )
      await session.filled(tables.change)
      const sums = await session.extract(
        sumsSql(dialect, tables),
        ['difference', 'members', 'row_count'],
        await emptyDirectoryIn(directory),
      )
      await session.run(
        assertsAll
          ? fillMovedAgainSql(dialect, tables)
          : fillAgainSql(dialect, tables, accounting.duplicate > 0 ? model : null),
      )
      const columns = ['difference', 'namespace', 'value', 'row_key']
      return {
        changes: await rowsIn(
          await session.extract(changesSql(dialect, tables), columns, await emptyDirectoryIn(directory)),
        ),
        standing: await rowsIn(
          await session.extract(
            standingSql(dialect, tables, model),
            ['namespace', 'value', 'row_key'],
            await emptyDirectoryIn(directory),
          ),
        ),
        sums: await rowsIn(sums),
      }
    })
    const named = now.flatMap((row): Member[] => {
      const fate = identifyRow({ ...row }, testIdentifiers)
      return fate.kind === 'identified' ? [{ identifier: fate.identifier, rowKey: row.k ?? '' }] : []
    })
    const expected = diff(known, members, named, { assertsAll })
    const of = (...differences: string[]): string[] =>
      found.changes
        .filter((row) => differences.includes(row[0] ?? ''))
        .map((row) => row.slice(1).join('|'))
        .sort()
    expect(of('gone')).toEqual(textOf(expected.removed))
    expect(of('fresh', 'again')).toEqual(textOf(expected.added))
    expect(of('moved')).toEqual(textOf(expected.moved))
    expect(of('again')).toHaveLength(expected.reasserted)
    const leftBy = new Set(expected.removed.map((member) => member.rowKey))
    const standing = found.standing.map((row) => row.join('|'))
    const stand = named.filter((member) => leftBy.has(member.rowKey))
    expect(new Set(standing)).toEqual(new Set(stand.map((member) => plain(member).join('|'))))
    const sum = (column: number, ...differences: string[]): number =>
      found.sums
        .filter(([difference]) => differences.includes(difference ?? ''))
        .reduce((whole, row) => whole + Number(row[column]), 0)
    const desired = ['fresh', 'moved', 'again', 'same']
    expect({
      members: sum(1, ...desired),
      duplicate: sum(2, ...desired) - sum(1, ...desired),
      null: sum(2, 'without'),
      invalid: sum(2, 'invalid'),
    }).toEqual({
      members: accounting.members,
      duplicate: accounting.duplicate,
      null: accounting.null,
      invalid: accounting.invalid,
    })
  }

  describe('where the warehouse compares', () => {
    it('finds what core finds, duplicates, moved and unsure members included', async () => {
      await fc.assert(
        fc.asyncProperty(given, async ({ before, now, unsure, assertsAll }) => {
          const { members } = membersOf(before.map(asRow), testIdentifiers)
          const known = members.map((member, n) => (unsure[n] ? { ...member, uncertain: true } : member))
          await compareBoth(known, now, assertsAll)
        }),
        { numRuns: 15 },
      )
    })

    it('finds whom to assert again by the state alone where no two rows name the same', async () => {
      const value = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
      const rowKey = fc.constantFrom('1', '2', '3')
      const accepted = fc
        .record({ value, rowKey, uncertain: fc.boolean() })
        .map(
          ({ value: id, ...one }): Accepted => ({ identifier: { kind: 'external_id', value: id }, ...one }),
        )
      const row = fc.record({ k: rowKey, customer_id: value, 'crm id': fc.constant(null) })
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(accepted, { selector: ({ identifier }) => identifierKey(identifier), minLength: 3 }),
          fc.uniqueArray(row, { selector: ({ customer_id }) => customer_id, minLength: 1 }),
          (known, now) => compareBoth(known, now, false),
        ),
        { numRuns: 15 },
      )
    })

    it('keeps two that compare at once apart, and what they needed leaves no table', async () => {
      const compare = (word: string): Promise<string[][]> =>
        inSession(async (session, directory) => {
          const change = session.passes('contract_apart')
          await session.run(createChangeSql(dialect, { change }))
          await session.settle()
          const model = {
            rows: await open().selectText(
              rowsSql(dialect, setup.speech, [{ k: word, customer_id: word, 'crm id': null }]),
              testColumns,
            ),
            key: 'k',
            identifiers: testIdentifiers,
          }
          await session.run(fillFirstChangesSql(dialect, model, { change }))
          // The other one has filled its own by now, where two may be at work.
          await setTimeout(100)
          const columns = ['difference', 'namespace', 'value', 'row_key']
          const found = await session.extract(
            changesSql(dialect, { change }),
            columns,
            await emptyDirectoryIn(directory),
          )
          return rowsIn(found)
        })
      const both = await Promise.all([compare('ada'), compare('bob')])
      expect(both.map((rows) => rows.map(([, , value]) => value))).toEqual([['ada'], ['bob']])
      expect(await inSession((session) => session.tables('contract_apart'))).toEqual([])
    })

    it('takes over a delta, twice as once, and gives a table its name', async () => {
      const member = (value: string, rowKey: string): Member => ({
        identifier: { kind: 'external_id', value },
        rowKey,
      })
      const rows = await inSession(async (session, directory) => {
        const [state, delta, named] = ['a', 'b', 'c'].map((name) => session.stays(`contract_fold_${name}`))
        if (!state || !delta || !named) throw new Error('three names')
        for (const table of [state, delta, named]) await session.run(`drop table if exists ${table}`)
        await session.run(createStateSql(dialect, state))
        await session.run(createStateSql(dialect, delta))
        await session.load(
          state,
          await stateFile(directory, [member('stays ', '1'), member('stays', '2'), member('leaves', '3')]),
        )
        const changes = [
          [...plain(member('leaves', '3')), '-1'],
          [...plain(member('comes', '4')), '1'],
          [...plain(member('stays', '9')), '0'],
        ]
        await session.load(delta, await csvFile(directory, changes))
        for (let time = 0; time < 2; time++) {
          for (const sql of foldDeltaSql(dialect, { state, delta })) await session.run(sql)
        }
        await session.run(renameTableSql(dialect, state, { name: 'contract_fold_c', full: named }))
        expect(await session.tables('contract_fold_')).toEqual(
          expect.arrayContaining(['contract_fold_b', 'contract_fold_c']),
        )
        expect(await session.tables('contract_fold_a')).toEqual([])
        const text = `select concat(value, '') as value, concat(row_key, '') as row_key, sure from ${named}`
        return rowsIn(
          await session.extract(text, ['value', 'row_key', 'sure'], await emptyDirectoryIn(directory)),
        )
      })
      expect(rows.map((row) => row.join('|')).sort()).toEqual(['comes|4|1', 'stays |1|1', 'stays|9|0'])
    })
  })

  async function inSession<T>(
    work: (session: WarehouseSession, directory: string) => Promise<T>,
  ): Promise<T> {
    const source = await setup.source.open(setup.engine?.(config()) ?? config())
    try {
      if (!source.inWarehouse) throw new Error(`${setup.source.name} does not compare`)
      const directory = await emptyDirectory()
      return await source.inWarehouse({ signal, directory }, (session) => work(session, directory))
    } finally {
      await source.close()
    }
  }
}

let folders = 0

async function emptyDirectoryIn(directory: string): Promise<string> {
  const path = join(directory, `out-${folders++}`)
  await mkdir(path)
  return path
}

/** In the form of RowFiles, every value in quotes. */
async function csvFile(
  directory: string,
  rows: readonly (readonly string[])[],
): Promise<RowFiles & { format: 'csv' }> {
  const columns = ['namespace', 'value', 'row_key', 'sure']
  const path = join(await emptyDirectoryIn(directory), 'rows.csv')
  const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`
  await writeFile(path, rows.map((row) => `${row.map(quoted).join(',')}\n`).join(''))
  return { format: 'csv', columns, paths: [path], rows: rows.length }
}

function stateFile(directory: string, members: readonly Accepted[]): Promise<RowFiles & { format: 'csv' }> {
  return csvFile(
    directory,
    members.map((member) => [...plain(member), member.uncertain ? '0' : '1']),
  )
}

function plain({ identifier, rowKey }: Member): [string, string, string] {
  const { namespace, value } = toPlain(identifier)
  return [namespace, value, rowKey]
}

function textOf(members: readonly Member[]): string[] {
  return [
    ...new Map(members.map((member) => [identifierKey(member.identifier), plain(member).join('|')])).values(),
  ].sort()
}

function asRow(row: TestRow) {
  return { row: { ...row }, rowKey: row.k ?? '' }
}

/** The rows of files, as text. */
export async function rowsIn(files: RowFiles): Promise<string[][]> {
  const instance = await DuckDBInstance.create(':memory:')
  try {
    const connection = await instance.connect()
    const reader = await connection.runAndReadAll(`select columns(*)::varchar from ${rowFilesSql(files)}`)
    return reader.getRowsJS().map((row) => row.map(String))
  } finally {
    instance.closeSync()
  }
}
