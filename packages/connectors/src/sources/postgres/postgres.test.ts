import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openPostgresServer, type PostgresServer, postgresSpeech } from '../../conformance/postgres-server.ts'
import { sourceContract } from '../../conformance/source.ts'
import { openTlsFront, type TlsFront, testCertificate } from '../../conformance/tls-front.ts'
import { source } from './index.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await openPostgresServer()
})
afterAll(() => server.close())

sourceContract({
  source,
  table: 'customers',
  catalog: { schema: 'public', name: 'customers' },
  speech: postgresSpeech,
  fill: async (_directory, people) => {
    await server.fill(people)
    return server.config
  },
  network: {
    address: ({ host, port }) => ({ host: String(host), port: Number(port) }),
    at: (config, port) => ({ ...config, host: '127.0.0.1', port }),
    wrongLogin: (config, secret) => ({ ...config, password: secret }),
  },
  roles: { writer: (config) => server.asWriter(config), reader: (config) => config },
  engine: (config) => server.asWriter(config),
})

describe('PostgreSQL', () => {
  const check = async (config: object): Promise<unknown> => (await source.open(config)).check()

  it('warns of a superuser', async () => {
    const { username, password } = new URL(server.url)
    expect(await check({ ...server.config, user: username, password })).toMatchObject({
      warnings: [expect.stringMatching(/can write everything: it is a superuser/)],
    })
  })

  it('says that a server speaks no TLS where it is wanted', async () => {
    const open = await source.open({ ...server.config, tls: 'verify-full' })
    await expect(open.describe('select 1 as one')).rejects.toMatchObject({ kind: 'invalid', code: 'no_tls' })
  })

  it('warns that TLS is off, or proves nothing, towards another machine', async () => {
    const far = { ...server.config, host: 'warehouse.example.invalid' }
    expect(await check({ ...far, tls: 'disable' })).toMatchObject({
      warnings: [expect.stringMatching(/TLS is off/)],
    })
    expect(await check({ ...far, tls: 'require' })).toMatchObject({
      warnings: [expect.stringMatching(/nobody proves/)],
    })
    expect(await check(far)).toMatchObject({ warnings: [] })
  })

  it.each(['169.254.169.254', 'metadata.google.internal', 'fe80::1', 'a b', 'u:p@host'])(
    'reads from no %s',
    (host) => {
      expect(() => source.parse({ ...server.config, host })).toThrow(/config.host/)
    },
  )

  it.each(['127.0.0.1', '10.1.2.3', 'db.internal', '::1', 'fd12::7'])('may read from %s', (host) => {
    source.parse({ ...server.config, host })
  })

  it('gives a browse up when asked', async () => {
    const open = await source.open(server.config)
    const abort = new AbortController()
    const browse = open.browse(abort.signal)
    abort.abort()
    await expect(browse).rejects.toMatchObject({ code: 'read_aborted' })
  })

  it('ends the statement at the server when the read is stopped', async () => {
    const open = await source.open(server.config)
    const out = await mkdtemp(join(tmpdir(), 'muster-postgres-'))
    const abort = new AbortController()
    const silent = `select count(*) as id from (${postgresSpeech.endless}) as endless`
    const ended = expect(open.extract(silent, ['id'], out, abort.signal)).rejects.toMatchObject({
      code: 'read_aborted',
    })
    const active = (): Promise<number> => server.statementsOf(String(server.config.user))
    await vi.waitFor(async () => expect(await active()).toBe(1), 10_000)
    abort.abort()
    await ended
    await vi.waitFor(async () => expect(await active()).toBe(0), 10_000)
    expect(await readdir(out)).toEqual([])
    await rm(out, { recursive: true })
  })
})

describe('PostgreSQL over TLS', () => {
  let front: TlsFront
  beforeAll(async () => {
    front = await openTlsFront({ host: String(server.config.host), port: Number(server.config.port) })
  })
  afterAll(() => front.close())

  const read = async (more: object): Promise<unknown> => {
    const open = await source.open({ ...server.config, host: 'localhost', port: front.port, ...more })
    return await open.preview('select 1 as one', 1).catch((error: unknown) => error)
  }
  const row = [{ one: '1' }]

  it('is read where its certificate is proven by the authority that was given', async () => {
    expect(await read({ tls: 'verify-full', ca: testCertificate })).toEqual(row)
  })

  it('is not believed by an unknown authority, or under another name', async () => {
    const refused = { kind: 'denied', code: 'tls_refused' }
    expect(await read({ tls: 'verify-full' })).toMatchObject(refused)
    expect(await read({ tls: 'verify-full', ca: testCertificate, host: '127.0.0.1' })).toMatchObject(refused)
  })

  it('is believed unproven only where that is asked for', async () => {
    expect(await read({ tls: 'require' })).toEqual(row)
  })
})
