import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MusterProcess, openMusterProcess } from './muster-process.ts'

/** Every wrong thing a newcomer can do gets a sentence that says what to do, and leaves nothing half-done behind. */
describe('bad input', () => {
  let muster: MusterProcess
  let address: string
  let project: string

  beforeAll(async () => {
    muster = await openMusterProcess()
    project = join(muster.directory, '..', 'project')
    const { rest_endpoint, partner_api_key, data_import_key } = await startWithKeys()
    const config = { rest_endpoint, partner: 'hightouch', partner_api_key, data_import_key }
    const database = await DuckDBInstance.create(join(muster.directory, '..', 'shop.duckdb'))
    const connection = await database.connect()
    await connection.run(
      `create table customers as select 'k' || i as contact_id, 'C-' || i as customer_id from range(20) t(i)`,
    )
    connection.closeSync()
    database.closeSync()
    await write({
      'muster.yaml': 'version: 1\n',
      'sources/shop.yaml': 'type: duckdb\nconfig: { path: ../shop.duckdb }\n',
      'models/people.yaml': 'source: shop\nkey: contact_id\n',
      'models/people.sql': 'select contact_id, customer_id from customers\n',
      'destinations/braze.yaml': `type: braze-cohorts\nconfig: ${JSON.stringify(config)}\n`,
      'syncs/people.yaml': sync('customer_id'),
    })
    expect(await deploy()).toMatchObject({ code: 0 })
  })
  afterAll(() => muster.close())

  async function startWithKeys(): Promise<Record<string, unknown>> {
    const server = await muster.serve()
    address = server.address
    return muster.ask('keys', 'create', '--partner', 'hightouch')
  }
  async function write(files: Readonly<Record<string, string | Buffer>>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(project, path)), { recursive: true })
      await writeFile(join(project, path), content)
    }
  }
  const sync = (column: string, destination = 'braze'): string =>
    `model: people\ndestination: ${destination}\nidentifiers:\n  - external_id: ${column}\ncohort: { create: People }\n`
  const deploy = () => muster.run('deploy', '--project', project)
  /** Puts a file in place of another, deploys, and puts the old one back. */
  async function deployWith(
    path: string,
    content: string,
  ): Promise<{ code: number; out: string; error: string }> {
    const before = await readFile(join(project, path), 'utf8')
    await write({ [path]: content })
    const result = await deploy()
    await write({ [path]: before })
    return result
  }

  it('a call that cannot be meant ends with 2', async () => {
    const calls = [
      ['plan'],
      ['runs', '--limit', 'many'],
      ['keys', 'create'],
      ['members', 'people', '--at', 'yesterday'],
      ['plna'],
    ]
    for (const call of calls) expect(await muster.run(...call), call.join(' ')).toMatchObject({ code: 2 })
  })

  it('an unknown key is named with file, line and column', async () => {
    const { code, error } = await deployWith('syncs/people.yaml', `${sync('customer_id')}gaurds: {}\n`)
    expect(code).toBe(1)
    expect(error).toContain('syncs/people.yaml:6:1: unknown key "gaurds"')
  })

  it('a type, a configuration and names that lead nowhere are found without a server', async () => {
    const wrong = {
      'sources/shpo.yaml': 'type: duckdbb\nconfig: { path: x }\n',
      'sources/far.yaml':
        'type: postgres\nconfig:\n  host: 169.254.169.254\n  database: d\n  user: u\n  pasword: p\n',
      'syncs/lost.yaml': sync('customer_id', 'brase').replace('model: people', 'model: poeple'),
    }
    await write(wrong)
    const { code, error } = await muster.run('validate', '--project', project)
    await Promise.all(Object.keys(wrong).map((path) => rm(join(project, path))))
    expect(code).toBe(1)
    for (const told of [
      'sources/shpo.yaml:1:1: there is no source type duckdbb; did you mean duckdb?',
      'sources/far.yaml:3:3: "host" names 169.254.169.254',
      'sources/far.yaml:6:3: unknown key "pasword"; did you mean password?',
      'syncs/lost.yaml:1:1: the project has no model poeple; did you mean people?',
      'syncs/lost.yaml:2:1: the project has no destination brase; did you mean braze?',
    ]) {
      expect(error).toContain(told)
    }
    expect(await muster.run('validate', '--project', project)).toMatchObject({ code: 0 })
  })

  it('a missing column is named, with the ones there are', async () => {
    const { code, error } = await deployWith('syncs/people.yaml', sync('custmer_id'))
    expect(code).toBe(1)
    expect(error).toContain('custmer_id')
    expect(error).toContain('customer_id')
    expect(error).toContain('syncs/people.yaml')
  })

  it('an error in SQL is told with the database’s position', async () => {
    const { code, error } = await deployWith(
      'models/people.sql',
      'select contact_id,\n  custmer_id from customers\n',
    )
    expect(code).toBe(1)
    expect(error).toContain('models/people.sql:2:3')
  })

  it('SQL that writes is refused', async () => {
    const { code, error } = await deployWith('models/people.sql', 'delete from customers\n')
    expect(code).toBe(1)
    expect(error).toMatch(/SELECT/i)
  })

  it('a wrong key stops the run at once, and nothing is kept as sent', async () => {
    const config = {
      rest_endpoint: address,
      partner: 'hightouch',
      partner_api_key: 'mpk_wrong',
      data_import_key: 'mdi_wrong',
    }
    await write({
      'destinations/locked.yaml': `type: braze-cohorts\nconfig: ${JSON.stringify(config)}\n`,
      'syncs/locked.yaml': sync('customer_id', 'locked'),
    })
    await deploy()
    const { code, out } = await muster.run('run', 'locked')
    expect(code).toBe(1)
    expect(out).toContain('Invalid Partner API key')
    expect(await muster.ask('plan', 'locked')).toMatchObject({ added: 20, unchanged: 0 })
  })

  it('an unreachable endpoint is named by the connection test', async () => {
    const config = {
      rest_endpoint: 'http://127.0.0.1:9',
      partner: 'hightouch',
      partner_api_key: 'a',
      data_import_key: 'b',
    }
    await write({ 'destinations/nowhere.yaml': `type: braze-cohorts\nconfig: ${JSON.stringify(config)}\n` })
    await deploy()
    const response = await fetch(new URL('/api/destinations/nowhere/check', address), { method: 'POST' })
    const check = (await response.json()) as { ok: boolean; message: string }
    expect(check.ok).toBe(false)
    expect(check.message).toContain('127.0.0.1:9')
  })

  it('a CSV file that is not UTF-8 is named', async () => {
    await write({
      'latin.csv': Buffer.concat([
        Buffer.from('contact_id,customer_id\n1,Jos'),
        Buffer.from([0xe9]),
        Buffer.from('\n'),
      ]),
      'sources/latin.yaml': 'type: csv\nconfig: { path: latin.csv }\n',
      'models/latin.yaml': 'source: latin\nkey: contact_id\nsql: select * from rows\n',
      'syncs/latin.yaml': sync('customer_id').replace('model: people', 'model: latin'),
    })
    const deployed = await deploy()
    const { code, out } = deployed.code === 0 ? await muster.run('plan', 'latin') : deployed
    expect(code).toBe(1)
    expect(`${out}${deployed.error}`).toMatch(/UTF-8/i)
    expect(`${out}${deployed.error}`).toContain('latin.csv')
  })

  it('a taken port is named with what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const taken = other.address()
    const port = taken !== null && typeof taken !== 'string' ? taken.port : 0
    const { code, error } = await muster.run(
      'serve',
      '--port',
      String(port),
      '--data-dir',
      `${muster.directory}-other`,
    )
    other.close()
    expect(code).toBe(1)
    expect(error).toContain(`Port ${port} is taken`)
    expect(error).toContain('--port')
  })

  it('a data directory of a newer version is refused and left as it is', async () => {
    const newer = `${muster.directory}-newer`
    await mkdir(newer)
    await writeFile(join(newer, 'muster.json'), '{"format":99,"instance":"x"}')
    const { code, error } = await muster.run('runs', '--data-dir', newer)
    expect(code).toBe(1)
    expect(error).toContain('newer Muster')
  })

  it('a typo in a command or an option counts as wrong usage and gets a suggestion', async () => {
    expect(await muster.run('plna', 'people')).toMatchObject({
      code: 2,
      error: expect.stringContaining('plan'),
    })
    expect(await muster.run('plan', 'people', '--jsno')).toMatchObject({
      code: 2,
      error: expect.stringContaining('--json'),
    })
  })

  it('an unknown sync, user, segment or key is named', async () => {
    for (const args of [
      ['plan', 'nobody'],
      ['users', 'show', 'nobody'],
      ['segments', 'size', 'nobody'],
      ['keys', 'invalidate', '999999'],
    ]) {
      const { code, error } = await muster.run(...args)
      expect([args[0], code]).toEqual([args[0], 1])
      expect(error).toMatch(/nobody|999999/)
    }
  })

  it('a worker without a PostgreSQL that it could share says which variable it needs', async () => {
    const worker = await muster.run('worker')
    expect(worker).toMatchObject({ code: 1, out: '' })
    expect(worker.error).toContain('MUSTER_DATABASE_URL')
  })
})
