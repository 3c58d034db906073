import { readFileSync } from 'node:fs'
import { Dialect as ParsedAs, validate } from '@polyglot-sql/sdk'
import { describe, expect, it } from 'vitest'
import { createLedgerTableSql, forgetCopiedRunSql, ledgerColumns } from './ledger-copy.ts'
import { type CompiledDialect, compiledDialects } from './speech.ts'

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

/** Every statement of a dialect, as they are pinned in one file for all of them beside this test. */
function statementsOf(dialect: CompiledDialect): readonly (readonly [string, string])[] {
  return [
    ['runs', createLedgerTableSql(dialect, 'run', 'muster.ledger_run')],
    ['changes', createLedgerTableSql(dialect, 'change', 'muster.ledger_change')],
    ['anew', forgetCopiedRunSql('muster.ledger_change', '0f4c5a2e6b134d92')],
  ]
}

describe('the tables of a copied ledger', () => {
  it('are said in the pinned words', () => {
    const text = compiledDialects.flatMap((dialect) =>
      statementsOf(dialect).map(([name, sql]) => `-- ${dialect}: ${name}\n${sql};\n`),
    )
    expect(text.join('\n')).toBe(readFileSync(new URL('./pinned/ledger-copy.sql', import.meta.url), 'utf8'))
  })

  it.each(
    compiledDialects.flatMap((dialect) =>
      statementsOf(dialect).map(([name, sql]) => ({ dialect, name, sql })),
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
