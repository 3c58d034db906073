import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { rowFilesSql } from '@muster/core/sync/row-files.ts'
import type { RowFiles } from '@muster/core/sync/source.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allOrNothing, type TextRows, writeRowFile } from './row-file.ts'

describe('a file of rows', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-rows-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  const never = new AbortController().signal
  const empty = (): Promise<string> => mkdtemp(join(directory, 'out-'))
  const write = async (columns: readonly string[], chunks: Iterable<TextRows>): Promise<RowFiles> =>
    writeRowFile({ directory: await empty(), columns, signal: never }, asAsync(chunks))

  const nasty = fc.oneof(
    fc.constant(null),
    fc.string({
      unit: fc.constantFrom('"', ',', '\n', '\r', '\\', 'N', ' ', '\0', 'a', "'", 'é', '😀', '#'),
    }),
    fc.string({ unit: 'grapheme' }),
  )

  it('gives the engine every text as it was, in any number of columns', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }).chain((width) =>
          fc.array(fc.array(nasty, { minLength: width, maxLength: width }), {
            minLength: 1,
            maxLength: 30,
          }),
        ),
        async (rows) => {
          const columns = rows[0]?.map((_, n) => `column "${n}"`) ?? []
          const files = await write(columns, [rows.slice(0, 7), rows.slice(7)])
          expect(files.rows).toBe(rows.length)
          expect(await read(files)).toEqual(rows)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('is read whole where values with line breaks lie over the pieces that are read at a time', async () => {
    const rows = 200_000
    const textOf = (n: number): string => `${n}\n"${'x'.repeat(n % 300)}",\n,"${n}`
    function* chunks(): Generator<TextRows> {
      for (let from = 0; from < rows; from += 1_000)
        yield Array.from({ length: 1_000 }, (_, n) => [String(from + n), textOf(from + n)])
    }
    const files = await write(['n', 'value'], chunks())
    const sound = `value = n || chr(10) || '"' || repeat('x', n::int % 300) || '",' || chr(10) || ',"' || n`
    expect(await query(`select count(*)::int, bool_and(${sound}) from ${rowFilesSql(files)}`)).toEqual([
      [rows, true],
    ])
  })

  it('takes the next rows only when it has taken the last', async () => {
    const out = await empty()
    const rows = Array.from({ length: 200 }, () => ['x'.repeat(1_000)])
    let behind = 0
    async function* chunks(): AsyncGenerator<TextRows> {
      for (let given = 0; given < 300; given++) {
        const onDisk = await stat(join(out, 'rows.csv')).catch(() => ({ size: 0 }))
        behind = Math.max(behind, given - onDisk.size / 200_600)
        yield rows
      }
    }
    await writeRowFile({ directory: out, columns: ['x'], signal: never }, chunks())
    expect(behind).toBeLessThanOrEqual(3)
  })

  it('leaves nothing behind when the rows stop coming', async () => {
    const out = await empty()
    async function* chunks(): AsyncGenerator<TextRows> {
      yield [['1']]
      throw new Error('gone')
    }
    const work = allOrNothing(out, () =>
      writeRowFile({ directory: out, columns: ['n'], signal: never }, chunks()),
    )
    await expect(work).rejects.toThrow('gone')
    expect(await readdir(out)).toEqual([])
  })
})

async function* asAsync(chunks: Iterable<TextRows>): AsyncGenerator<TextRows> {
  yield* chunks
}

function read(files: RowFiles): Promise<unknown[][]> {
  return query(`select * from ${rowFilesSql(files)}`)
}

async function query(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:')
  try {
    const connection = await instance.connect()
    return (await connection.runAndReadAll(sql)).getRows()
  } finally {
    instance.closeSync()
  }
}
