import { createHash } from 'node:crypto'
import { DuckDBInstance } from '@duckdb/node-api'
import {
  bucketsOfKeysSql,
  type ChecksumDigits,
  checksumsSql,
  rowsOfBucketsSql,
} from '@muster/core/sync/compile/checksums.ts'
import { identifySql, invalidIdentifier, noIdentifier } from '@muster/core/sync/compile/identify.ts'
import { type CompiledDialect, compiledDialects } from '@muster/core/sync/compile/speech.ts'
import { type IdentifierColumn, toPlain } from '@muster/core/sync/identifier.ts'
import { identifyRow } from '@muster/core/sync/member.ts'
import { rowFilesSql } from '@muster/core/sync/row-files.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SourceUnderTest, Speech } from './source-setup.ts'

/** Where the statements are run by the real thing; the others' texts are pinned beside the compiler. */
export const executedDialects: readonly CompiledDialect[] = ['duckdb', 'postgres', 'mysql', 'clickhouse']

export const testIdentifiers: readonly IdentifierColumn[] = [
  { external_id: 'customer_id' },
  { alias: { label: "it's \\ the 'crm'", name: 'crm id' } },
]
export const testColumns = ['k', 'customer_id', 'crm id'] as const
const digits: ChecksumDigits = 2

export interface TestRow {
  readonly k: string | null
  readonly customer_id: string | null
  readonly 'crm id': string | null
}

const never = new AbortController().signal

/** Rows whose identifiers and keys meet, and that engines treat differently. */
export function testRows(hasNul: boolean): fc.Arbitrary<TestRow[]> {
  const value = fc.option(
    fc.oneof(
      fc.constantFrom(
        'a',
        'A',
        'á',
        'a ',
        ' a',
        'é',
        'e\u0301',
        '007',
        '7',
        '🙂',
        "'",
        '"',
        '\\',
        '\\N',
        'ß',
        'ss',
      ),
      fc.constantFrom('', ' ', '   ', '\t', 'x\ny', 'x\u007f', '\u0085', '\u00a0', '\u3000', ' \n'),
      fc.constantFrom('x'.repeat(987), 'x'.repeat(988), 'é'.repeat(493), 'é'.repeat(494)),
      ...(hasNul ? [fc.constant('nul\0l')] : []),
    ),
    { nil: null, freq: 5 },
  )
  return fc.array(
    fc.record({
      k: fc.option(fc.constantFrom('1', '2', '10', 'K', 'k', 'k ', "'k\\"), { nil: null, freq: 8 }),
      customer_id: value,
      'crm id': value,
    }),
    { minLength: 1, maxLength: 12 },
  )
}

/** A statement of the dialect that gives the rows. */
export function rowsSql(
  dialect: CompiledDialect | undefined,
  { text }: Speech,
  made: readonly TestRow[],
): string {
  const item = (cell: string | null): string => (cell === null ? 'null' : text(cell))
  const typed = ["'' as n0", ...testColumns.map((_, index) => `${text('')} as c${index}`)].join(', ')
  const quote = dialect === 'duckdb' || dialect === 'postgres' ? '"' : '`'
  const body = made
    .map(
      (row) =>
        `select 'r' as n0, ${testColumns.map((name, index) => `${item(row[name])} as c${index}`).join(', ')}`,
    )
    .join(' union all ')
  const named = testColumns.map((name, index) => `c${index} as ${quote}${name}${quote}`).join(', ')
  return `select ${named} from (select ${typed} union all ${body}) made where n0 = 'r'`
}

/** What a warehouse computes over a model is what core says of the same rows. */
export function compiledContract({ setup, open, emptyDirectory }: SourceUnderTest): void {
  const dialect = compiledDialects.find((one) => one === setup.source.dialect)
  if (!dialect || !executedDialects.includes(dialect) || setup.source.name === 'redshift') return
  const { hasNul } = setup.speech

  const rows = testRows(hasNul)

  async function read(made: readonly TestRow[], give: (model: Parameters<typeof identifySql>[1]) => string) {
    const sql = rowsSql(dialect, setup.speech, made)
    const source = open()
    const model = { rows: await source.selectText(sql, testColumns), key: 'k', identifiers: testIdentifiers }
    const compiled = give(model)
    const names = (await source.describe(compiled)).map(({ name }) => name)
    const files = await source.extract(compiled, names, await emptyDirectory(), never)
    const instance = await DuckDBInstance.create(':memory:')
    try {
      const connection = await instance.connect()
      const reader = await connection.runAndReadAll(`select * from ${rowFilesSql(files)}`)
      return reader
        .getRowObjects()
        .map((row) => JSON.stringify(row))
        .sort()
    } finally {
      instance.closeSync()
    }
  }

  describe('what it computes over a model', () => {
    it('identifies rows as core does', async () => {
      await fc.assert(
        fc.asyncProperty(rows, async (made) => {
          const expected = made.map((row) => JSON.stringify(identified(row))).sort()
          expect(await read(made, (model) => identifySql(dialect, model))).toEqual(expected)
        }),
        { numRuns: 12 },
      )
    })

    it('sums every row into the checksum of its bucket', async () => {
      await fc.assert(
        fc.asyncProperty(rows, async (made) => {
          const found = await read(made, (model) => checksumsSql(dialect, model, digits))
          expect(found).toEqual(
            checksumsOf(made)
              .map((row) => JSON.stringify(row))
              .sort(),
          )
        }),
        { numRuns: 12 },
      )
    })

    it('gives the rows of buckets, and the buckets of row keys', async () => {
      await fc.assert(
        fc.asyncProperty(rows, async (made) => {
          const all = made.map(identified).filter(({ fate }) => fate === '0')
          const wanted = bucketOf(all[0] ?? { namespace: '', value: '' })
          const keys = [all[0]?.row_key ?? 'none', 'it is not there']
          expect(
            await read(made, (model) => rowsOfBucketsSql(dialect, model, { digits, buckets: [wanted, 255] })),
          ).toEqual(
            all
              .filter((row) => [wanted, 255].includes(bucketOf(row)))
              .map(({ fate: _, ...row }) => JSON.stringify(row))
              .sort(),
          )
          const hashes = keys.map((key) => md5(key))
          const buckets = all.filter((row) => keys.includes(row.row_key)).map(bucketOf)
          expect(
            await read(made, (model) => bucketsOfKeysSql(dialect, model, { digits, keys: hashes })),
          ).toEqual([...new Set(buckets)].map((bucket) => JSON.stringify({ bucket: String(bucket) })).sort())
        }),
        { numRuns: 8 },
      )
    })
  })
}

function identified(row: TestRow) {
  const fate = identifyRow({ ...row }, testIdentifiers)
  const row_key = row.k ?? ''
  if (fate.kind === 'null') return { fate: String(noIdentifier), namespace: '', value: '', row_key }
  if (fate.kind === 'invalid') return { fate: String(invalidIdentifier), namespace: '', value: '', row_key }
  return { fate: '0', ...toPlain(fate.identifier), row_key }
}

function md5(...texts: readonly string[]): string {
  return createHash('md5').update(texts.join('\0')).digest('hex')
}

function bucketOf({ namespace, value }: { readonly namespace: string; readonly value: string }): number {
  return Number.parseInt(md5(namespace, value).slice(0, digits), 16)
}

function checksumsOf(made: readonly TestRow[]) {
  const sums = new Map<number, { count: number; slices: [bigint, bigint, bigint] }>()
  for (const row of made.map(identified)) {
    const bucket = row.fate === '0' ? bucketOf(row) : Number(row.fate)
    const hash = md5(row.namespace, row.value, row.row_key)
    const slice = (from: number): bigint => BigInt(`0x${hash.slice(from, from + 7)}`)
    const { count, slices } = sums.get(bucket) ?? { count: 0, slices: [0n, 0n, 0n] as const }
    sums.set(bucket, {
      count: count + 1,
      slices: [slices[0] + slice(0), slices[1] + slice(7), slices[2] + slice(14)],
    })
  }
  return [...sums].map(
    ([
      bucket,
      {
        count,
        slices: [low, middle, high],
      },
    ]) => ({
      bucket: String(bucket),
      row_count: String(count),
      low: String(low),
      middle: String(middle),
      high: String(high),
    }),
  )
}
