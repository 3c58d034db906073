import type { Speech } from './source-setup.ts'

/** What the suite says to a source whose SQL is DuckDB's. */
export const duckdbSpeech: Speech = {
  text: (value) =>
    value
      .split('\0')
      .map((part) => `'${part.replaceAll("'", "''")}'`)
      .join(' || chr(0) || '),
  hasNul: true,
  failing: `case when id = '3' then error('gone') else id end`,
  endless: 'select (random() * range)::varchar as id from range(200000000000)',
  numbers: (n) => `select range as id from range(1, ${n + 1})`,
  place: 'column',
  types: {
    big: { sql: '9007199254740993::bigint', text: '9007199254740993' },
    huge: {
      sql: '170141183460469231731687303715884105727::hugeint',
      text: '170141183460469231731687303715884105727',
    },
    exact: { sql: '12345678901234567.890::decimal(20, 3)', text: '12345678901234567.890' },
    yes: { sql: 'true', text: 'true' },
    day: { sql: "date '2024-02-29'", text: '2024-02-29' },
    moment: { sql: "timestamp '2024-02-29 12:34:56.789012'", text: '2024-02-29 12:34:56.789012' },
    uuid: {
      sql: "'0d9f0b2e-8c1a-4f0e-9b1a-7c1d2e3f4a5b'::uuid",
      text: '0d9f0b2e-8c1a-4f0e-9b1a-7c1d2e3f4a5b',
    },
    nothing: { sql: 'null::varchar', text: null },
  },
  refused: [
    "attach '/tmp/other.duckdb' as other",
    'install httpfs',
    'set enable_external_access = true',
    'pragma enable_profiling',
    "select * from read_text('/etc/passwd')",
    "select * from read_csv('/etc/passwd')",
    "select * from glob('/etc/*')",
    "copy (select 1) to '/tmp/muster-stolen.csv'",
    'select $1',
  ],
}
