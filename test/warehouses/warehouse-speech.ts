import { duckdbSpeech } from '@muster/connectors/conformance/duckdb-speech.ts'
import type { Speech } from '@muster/connectors/conformance/source-setup.ts'

/** What the suite says to a warehouse whose SQL runs on DuckDB here. */
export const warehouseSpeech: Speech = {
  ...duckdbSpeech,
  // DuckDB's own statements that reach out are no part of these dialects.
  refused: ['call system.flush()', 'explain select 1', 'show tables; drop table X'],
  // Casts of DuckDB alone (`::`, hugeint) are not said.
  types: {
    big: { sql: 'cast(9007199254740993 as bigint)', text: '9007199254740993' },
    exact: { sql: "cast('12345678901234567.895' as decimal(20, 3))", text: '12345678901234567.895' },
    yes: { sql: 'true', text: 'true' },
    day: { sql: "date '2024-02-29'", text: '2024-02-29' },
    moment: { sql: "timestamp '2024-02-29 12:34:56.789012'", text: '2024-02-29 12:34:56.789012' },
    nothing: { sql: 'cast(null as varchar)', text: null },
  },
}

/** Where a backslash within text is a mark. */
export const backslashSpeech: Speech = {
  ...warehouseSpeech,
  text: (value) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`,
}
