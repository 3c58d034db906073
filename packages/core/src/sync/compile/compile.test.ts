import { readFileSync } from 'node:fs'
import { Dialect as ParsedAs, validate } from '@polyglot-sql/sdk'
import { describe, expect, it } from 'vitest'
import { bucketsOfKeysSql, checksumDigitsFor, checksumsSql, rowsOfBucketsSql } from './checksums.ts'
import { identifySql } from './identify.ts'
import { createLedgerTableSql, forgetCopiedRunSql, ledgerColumns } from './ledger-copy.ts'
import { type CompiledDialect, compiledDialects } from './speech.ts'
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
} from './warehouse.ts'

const parsedAs: Readonly<Record<CompiledDialect, ParsedAs>> = {
  duckdb: ParsedAs.DuckDB,
  postgres: ParsedAs.PostgreSQL,
  redshift: ParsedAs.Redshift,
  mysql: ParsedAs.MySQL,
  snowflake: ParsedAs.Snowflake,
  bigquery: ParsedAs.BigQuery,
  databricks: ParsedAs.Databricks,
  clickhouse: ParsedAs.ClickHouse,
  trino: ParsedAs.Trino,
}

const model = {
  rows: 'select id, customer_id, crm_id from people',
  key: 'id',
  identifiers: [{ external_id: 'customer_id' }, { alias: { label: "it's \\ crm", name: 'crm_id' } }],
}

const tables = { state: 'muster.sync_v7', change: 'muster.muster_change' }

/** Every statement of a dialect, as it is pinned in a file beside this test. */
function statementsOf(dialect: CompiledDialect): readonly (readonly [string, string])[] {
  return [
    ['identify', identifySql(dialect, model)],
    ['checksums', checksumsSql(dialect, model, 3)],
    ['rows of buckets', rowsOfBucketsSql(dialect, model, { digits: 3, buckets: [7, 4095] })],
    [
      'buckets of keys',
      bucketsOfKeysSql(dialect, model, { digits: 3, keys: ['c4ca4238a0b923820dcc509a6f75849b'] }),
    ],
    ['state', createStateSql(dialect, tables.state)],
    ['change', createChangeSql(dialect, tables)],
    ['changes', fillChangesSql(dialect, model, tables, { again: false })],
    ['first changes', fillFirstChangesSql(dialect, model, tables)],
    ['sums', sumsSql(dialect, tables)],
    ['moved again', fillMovedAgainSql(dialect, tables)],
    ['again, without duplicates', fillAgainSql(dialect, tables, null)],
    ['again, with duplicates', fillAgainSql(dialect, tables, model)],
    ['standing', standingSql(dialect, tables, model)],
    ['changes as text', changesSql(dialect, tables)],
    ...foldDeltaSql(dialect, { state: tables.state, delta: 'muster.sync_delta' }).map(
      (sql, n) => [`fold ${n + 1}`, sql] as const,
    ),
    ['rename', renameTableSql(dialect, 'muster.sync_new', { name: 'sync_v7', full: 'muster.sync_v7' })],
  ]
}

/** `-- name` above each statement. */
function pinned(dialect: CompiledDialect): string {
  return readFileSync(new URL(`./pinned/${dialect}.sql`, import.meta.url), 'utf8')
}

describe.each(compiledDialects)('%s', (dialect) => {
  it('is said in the pinned words', () => {
    const text = statementsOf(dialect).map(([name, sql]) => `-- ${name}\n${sql};\n`)
    expect(text.join('\n')).toBe(pinned(dialect))
  })

  it('names those that are the same in the same statement, to assert them again', () => {
    const [sums, names] = [false, true].map((again) => fillChangesSql(dialect, model, tables, { again }))
    const lines = (sums ?? '').split('\n')
    const differing = (names ?? '').split('\n').filter((line, n) => line !== lines[n])
    expect(differing).toEqual([expect.stringMatching(/^\s+else .*(again|616761696e)/)])
    expect(validate(names ?? '', parsedAs[dialect])).toMatchObject({ valid: true, errors: [] })
  })

  it.each(statementsOf(dialect))('is parsed by a parser of the dialect: %s', (_, sql) => {
    expect(validate(sql, parsedAs[dialect])).toMatchObject({ valid: true, errors: [] })
  })
})

it('takes finer buckets for more rows, so that a change fetches few', () => {
  expect([100, 4_096, 4_097, 65_536, 65_537, 10_000_000].map(checksumDigitsFor)).toEqual([2, 2, 3, 3, 4, 4])
})

/** The statements of a copied ledger, which are pinned in one file for all dialects. */
function ledgerStatementsOf(dialect: CompiledDialect): readonly (readonly [string, string])[] {
  return [
    ['runs', createLedgerTableSql(dialect, 'run', 'muster.ledger_run')],
    ['changes', createLedgerTableSql(dialect, 'change', 'muster.ledger_change')],
    ['anew', forgetCopiedRunSql('muster.ledger_change', '0f4c5a2e6b134d92')],
  ]
}

describe('the tables of a copied ledger', () => {
  it('are said in the pinned words', () => {
    const text = compiledDialects.flatMap((dialect) =>
      ledgerStatementsOf(dialect).map(([name, sql]) => `-- ${dialect}: ${name}\n${sql};\n`),
    )
    expect(text.join('\n')).toBe(readFileSync(new URL('./pinned/ledger-copy.sql', import.meta.url), 'utf8'))
  })

  it.each(
    compiledDialects.flatMap((dialect) =>
      ledgerStatementsOf(dialect).map(([name, sql]) => ({ dialect, name, sql })),
    ),
  )('are parsed by a parser of $dialect: $name', ({ dialect, sql }) => {
    expect(validate(sql, parsedAs[dialect])).toMatchObject({ valid: true, errors: [] })
  })

  it('have each column once, and all of them the run that they are of', () => {
    for (const columns of Object.values(ledgerColumns)) {
      const names = columns.map(({ name }) => name)
      expect(new Set(names).size).toBe(names.length)
      expect(names).toEqual(expect.arrayContaining(['run_id', 'sync', 'run', 'status']))
    }
  })

  it('are cleared of one run by its id, whatever stands in it', () => {
    expect(forgetCopiedRunSql('t', "ab' or 1=1 --")).toBe("delete from t where run_id = 'ab11'")
  })
})
