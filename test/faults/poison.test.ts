import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type MusterProcess, openMusterProcess } from '../e2e/muster-process.ts'
import { type Bystander, startBystander } from './bystander.ts'

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
const nestedFilter = (levels: number): string =>
  `{"filter":${'{"kind":"all","of":['.repeat(levels)}{"kind":"field","field":"country","operator":"equals","value":"ES"}${']}'.repeat(levels)}}`

describe('a server that is sent poison', () => {
  let muster: MusterProcess
  let address: string
  let exitCode: () => number | null
  let secrets: string
  let rest: Record<string, string>
  let bystander: Bystander
  beforeAll(async () => {
    muster = await openMusterProcess()
    const served = await muster.serve()
    address = served.address
    exitCode = () => served.child.exitCode
    const made = async (path: string): Promise<unknown> => {
      const headers = { 'content-type': 'application/json' }
      return (await fetch(`${address}${path}`, { method: 'POST', headers, body: '{}' })).json()
    }
    const keys = z
      .object({ partner_api_key: z.string(), data_import_key: z.string() })
      .parse(await made('/api/partners/hightouch/keys'))
    secrets = `"partner_api_key":"${keys.partner_api_key}","client_secret":"${keys.data_import_key}"`
    const { api_key: key } = z.object({ api_key: z.string() }).parse(await made('/api/rest-keys'))
    rest = { authorization: `Bearer ${key}` }
    bystander = startBystander(
      address,
      `{${secrets},"cohort_id":"calm","cohort_changes":[{"user_ids":["a"]}]}`,
    )
  })
  afterAll(async () => {
    await bystander.stop()
    await muster.close()
  })

  const send = async (path: string, body: string | Buffer, headers: Record<string, string> = {}) => {
    const response = await fetch(`${address}${path}`, {
      method: path.startsWith('/api/segments') ? 'PUT' : 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    })
    return { status: response.status, text: await response.text() }
  }
  const cohort = (rest: string): string => `{${secrets},"cohort_id":"c",${rest}}`
  const users = '/partners/hightouch/cohorts/users'

  it.each([
    ['JSON nested 100,000 deep', () => cohort(`"cohort_changes":${deep(100_000)}`)],
    ['JSON nested 100,000 deep in an unknown field', () => `{"x":${deep(100_000)}}`],
    ['nothing but open brackets', () => '['.repeat(1_000_000)],
    ['a lone surrogate in an id', () => cohort('"cohort_changes":[{"user_ids":["\\ud800"]}]')],
    ['NUL in an id', () => cohort('"cohort_changes":[{"user_ids":["a\\u0000b"]}]')],
    ['a number without an end', () => cohort('"cohort_changes":[{"user_ids":[1e999]}]')],
    ['an array of half a million', () => cohort(`"cohort_changes":[${'{},'.repeat(500_000)}{"user_ids":7}]`)],
    ['bytes that are no UTF-8', () => Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['keys by the hundred thousand', () => `{${'"k":1,'.repeat(100_000)}"z":1}`],
  ])('refuses a cohort import with %s', async (_, body) => {
    const { status } = await send(users, body())
    expect([400, 401]).toContain(status)
  })

  it.each([
    ['as an own key', '"__proto__":{"polluted":1},"cohort_changes":[]', 201],
    [
      'in a change',
      '"cohort_changes":[{"__proto__":{"user_ids":["x"]},"constructor":{"prototype":{}}}]',
      201,
    ],
    ['as an alias', '"cohort_changes":[{"aliases":{"__proto__":{"alias_name":"a","alias_label":"b"}}}]', 400],
  ])('is not polluted by __proto__ %s of an import', async (_, fields, status) => {
    expect(await send(users, cohort(fields))).toMatchObject({ status })
    // A prototype with user_ids would give every other change one.
    expect(await send(users, cohort('"cohort_changes":[{}]'))).toMatchObject({ status: 201 })
  })

  it('is not polluted by __proto__ as attribute, property or alias of /users/track', async () => {
    const body =
      '{"attributes":[{"external_id":"p","__proto__":{"polluted":1},"constructor":"x","nested":{"__proto__":{"polluted":1}}}]}'
    expect((await send('/users/track', body, rest)).status).toBeLessThan(500)
    const found = await fetch(`${address}/api/users?user=p`)
    expect(found.status).toBe(200)
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    expect((await fetch(`${address}/api/status`)).status).toBe(200)
  })

  it.each([
    ['an attribute nested 100,000 deep', `[{"external_id":"a","x":${deep(100_000)}}]`],
    ['a lone surrogate', '[{"external_id":"a","x":"\\udc00"}]'],
    ['NUL in a name', '[{"external_id":"a","x\\u0000":1}]'],
    ['an id of 988 bytes', `[{"external_id":"${'x'.repeat(988)}"}]`],
    ['an id of 988 bytes and fewer characters', `[{"external_id":"${'é'.repeat(494)}"}]`],
    ['an email that never ends', `[{"external_id":"a","email":"${'a'.repeat(2_000_000)}"}]`],
    [
      'a time that never ends',
      `[{"external_id":"a"}],"events":[{"external_id":"a","name":"e","time":"${'1'.repeat(100_000)}"}]`,
    ],
  ])('takes no harm from %s in /users/track', async (_, attributes) => {
    const { status, text } = await send('/users/track', `{"attributes":${attributes}}`, rest)
    expect([201, 400]).toContain(status)
    expect(text).toContain('"errors"')
  })

  it('takes ids of 988 bytes and longer in an import, which match nobody', async () => {
    const ids = JSON.stringify(['x'.repeat(988), 'é'.repeat(10_000), '\u{1F600}'.repeat(300)])
    const { status } = await send(users, cohort(`"cohort_changes":[{"user_ids":${ids},"device_ids":${ids}}]`))
    expect(status).toBe(201)
  })

  it.each([1_000, 30_000])('refuses a segment of filters nested %i deep', async (levels) => {
    const { status, text } = await send('/api/segments/deep', nestedFilter(levels))
    expect(status).toBe(400)
    expect(text).toContain('nested more than 64 deep')
  })

  it('says how deep the filters of a segment may be nested', async () => {
    expect(await send('/api/segments/deep', nestedFilter(19))).toMatchObject({ status: 200 })
    const { status, text } = await send('/api/segments/deep', nestedFilter(20))
    expect(status).toBe(400)
    expect(text).toContain('filters may be nested at most 20 deep')
  })

  it.each(['/partners/hightouch/cohorts/users', '/users/track', '/api/segments/big', '/api/rest-keys'])(
    'refuses 50 MB for %s',
    async (path) => {
      const answer = await send(path, Buffer.alloc(50_000_000, 0x20), rest).catch(() => null)
      // The server may close the connection while the client still writes.
      if (answer) expect([400, 413]).toContain(answer.status)
    },
  )

  it('refuses a gzip bomb and broken gzip', async () => {
    const headers = { ...rest, 'content-encoding': 'gzip' }
    const bomb = gzipSync(Buffer.alloc(200_000_000, 0x20))
    for (const path of [users, '/users/track']) {
      for (const body of [bomb, bomb.subarray(0, 1_000), Buffer.from('{}')]) {
        expect([400, 413, 415]).toContain((await send(path, body, headers)).status)
      }
    }
  })

  /** Writes raw bytes; resolves with the first line of the answer, or with nothing when the server only closes. */
  const raw = (...pieces: readonly string[]): Promise<string> =>
    new Promise((done) => {
      const { hostname, port } = new URL(address)
      const socket = connect(Number(port), hostname, () => {
        for (const piece of pieces) socket.write(piece)
      })
      let said = ''
      socket.setTimeout(5_000, () => socket.destroy())
      socket.on('data', (chunk) => {
        said += String(chunk)
        socket.end()
      })
      socket.on('error', () => {})
      socket.on('close', () => done(said.split('\r\n')[0] ?? ''))
    })
  const head = `POST ${users} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`

  it.each([
    ['broken chunking', `${head}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`],
    ['two lengths', `${head}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`],
    ['a length and chunks', `${head}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a header of 100 KB', `${head}x: ${'y'.repeat(100_000)}\r\ncontent-length: 2\r\n\r\n{}`],
    ['10,000 headers', `${head}${'a: b\r\n'.repeat(10_000)}content-length: 2\r\n\r\n{}`],
    ['a path of 100 KB', `POST /${'x'.repeat(100_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`],
    [
      'a broken escape in the path',
      'POST /partners/%ZZ/cohorts HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n',
    ],
    ['NUL in the path', 'GET /api/segments/%00 HTTP/1.1\r\nhost: localhost\r\n\r\n'],
    ['what is no HTTP', '\u0016\u0003\u0001\u0002\u0000\r\n\r\n'],
  ])('answers %s with 4xx', async (_, bytes) => {
    expect(await raw(bytes)).toMatch(/^HTTP\/1\.1 4\d\d/)
  })

  it('answers others while a hundred clients send one byte a second', async () => {
    const { hostname, port } = new URL(address)
    const slow = Array.from({ length: 100 }, () => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(`${head}content-length: 1000\r\n\r\n`)
      })
      socket.on('error', () => {})
      const drip = setInterval(() => socket.write('{'), 1_000)
      return () => {
        clearInterval(drip)
        socket.destroy()
      }
    })
    const before = bystander.answered()
    await new Promise((done) => setTimeout(done, 3_000))
    for (const end of slow) end()
    expect(bystander.answered() - before).toBeGreaterThan(10)
  })

  it('still lives, and answered others all the time', async () => {
    const { answered, refused, slowestMs } = await bystander.stop()
    expect(exitCode()).toBe(null)
    expect((await fetch(`${address}/readyz`)).status).toBe(200)
    expect(refused).toEqual([])
    expect(answered).toBeGreaterThan(20)
    expect(slowestMs).toBeLessThan(2_000)
  })
})
