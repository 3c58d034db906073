import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import type { WarehouseSession } from '@muster/core/sync/warehouse.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbSpeech } from '../../conformance/duckdb-speech.ts'
import { sourceContract, writePeopleCsv } from '../../conformance/source.ts'
import { source } from './index.ts'

sourceContract({
  source,
  table: 'customers',
  catalog: { schema: 'main', name: 'customers' },
  speech: duckdbSpeech,
  fill: async (directory, people) => {
    const path = join(directory, 'shop.duckdb')
    await writePeopleCsv(join(directory, 'people.csv'), people)
    await write(
      path,
      `create table customers as from read_csv('${directory}/people.csv', all_varchar = true)`,
    )
    return { path }
  },
})

describe('a DuckDB file that cannot be read', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-duckdb-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  const describeAt = async (path: string): Promise<unknown> => {
    const open = await source.open({ path })
    expect(await open.check()).toMatchObject({ ok: false })
    return open.describe('select 1 as one').catch((error: unknown) => error)
  }

  it('is named when it is missing', async () => {
    expect(await describeAt(join(directory, 'none.duckdb'))).toMatchObject({ code: 'no_such_file' })
  })

  it('is named when it is a directory', async () => {
    expect(await describeAt(directory)).toMatchObject({ code: 'is_directory' })
  })

  it('is named when it is not a DuckDB file', async () => {
    const path = join(directory, 'text.duckdb')
    await writeFile(path, 'hello '.repeat(2_000))
    expect(await describeAt(path)).toMatchObject({ code: 'not_duckdb' })
  })

  it('names the process that writes it', async () => {
    const path = join(directory, 'held.duckdb')
    await write(path, 'create table t as select 1 as one')
    const hold = `
      import { DuckDBInstance } from '@duckdb/node-api'
      await DuckDBInstance.create(process.argv[1])
      console.log('held')
      setInterval(() => {}, 1000)`
    const writer = spawn(process.execPath, ['--input-type=module', '-e', hold, path], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await once(writer.stdout, 'data')
      expect(await describeAt(path)).toMatchObject({
        code: 'file_locked',
        message: expect.stringContaining(`(${writer.pid})`),
      })
    } finally {
      writer.kill('SIGKILL')
    }
  })

  it('lets a writer of another process in as soon as it has read', async () => {
    const path = join(directory, 'let-go.duckdb')
    await write(path, 'create table t as select 1 as id')
    const open = await source.open({ path })
    await open.describe('select id from t')
    await open.preview('select id from t', 1)
    await open.extract(
      'select id from t',
      ['id'],
      await mkdtemp(`${path}-rows-`),
      new AbortController().signal,
    )
    const writing = `import { DuckDBInstance } from '@duckdb/node-api'
      await DuckDBInstance.create(process.argv[1])
      process.exit(0)`
    const writer = spawn(process.execPath, ['--input-type=module', '-e', writing, path], {
      cwd: import.meta.dirname,
      stdio: 'ignore',
    })
    expect(await once(writer, 'exit')).toEqual([0, null])
  })

  it('must be given by an absolute path', async () => {
    expect(() => source.parse({ path: 'shop.duckdb' })).toThrow(/configuration/)
    expect(() => source.parse({ path: '/shop.duckdb', password: 'x' })).toThrow(/configuration/)
  })
})

async function write(path: string, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  await connection.run(sql)
  connection.closeSync()
  instance.closeSync()
}

describe('the file of our tables', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-engine-'))
    await write(join(directory, 'shop.duckdb'), 'create table t as select 1 as one')
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  const { signal } = new AbortController()
  const session = async <T>(work: (on: WarehouseSession) => Promise<T>): Promise<T> => {
    const open = await source.open({ path: join(directory, 'shop.duckdb') })
    if (!open.inWarehouse) throw new Error('DuckDB has sessions')
    return open.inWarehouse({ signal, directory }, work)
  }

  // DuckDB guards a file against other processes only: two that open it in one process lose each other's tables.
  it('is written by one session at a time', async () => {
    const names = ['a', 'b', 'c', 'd']
    await Promise.all(
      names.map((name) =>
        session(async (on) => {
          await on.run(`create table ${on.stays(`kept_${name}`)} as select 1 as one`)
          await on.settle()
          await sleep(100)
          await on.run(`create table ${on.stays(`kept_${name}_too`)} as select 1 as one`)
        }),
      ),
    )
    const kept = await session((on) => on.tables('kept_'))
    expect([...kept].sort()).toEqual(names.flatMap((name) => [`kept_${name}`, `kept_${name}_too`]))
  })

  it('that another process holds is said to be held, and by whom', async () => {
    const hold = `
      import { DuckDBInstance } from '@duckdb/node-api'
      await DuckDBInstance.create(process.argv[1])
      console.log('held')
      setInterval(() => {}, 1000)`
    const child = spawn(
      process.execPath,
      ['--input-type=module', '--eval', hold, join(directory, 'shop.duckdb.muster')],
      { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    try {
      await once(child.stdout, 'data')
      await expect(session(async () => {})).rejects.toMatchObject({
        kind: 'transient',
        code: 'engine_file_held',
        message: expect.stringContaining(String(child.pid)),
      })
    } finally {
      child.kill('SIGKILL')
    }
  })
})
