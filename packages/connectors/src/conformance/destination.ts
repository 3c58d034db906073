import type { SealedDestination } from '@muster/core/sync/connector.ts'
import type { Batch, DestinationIo, OpenDestination } from '@muster/core/sync/destination.ts'
import type { Identifier } from '@muster/core/sync/identifier.ts'
import type { Outcome } from '@muster/core/sync/outcome.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CohortServer, startCohortServer } from './cohort-server.ts'

export interface DestinationSetup {
  /** The network, as the product uses it. */
  readonly io: DestinationIo
  readonly destination: SealedDestination
  /** The configuration that reaches the fake remote with its keys, or with `wrongKey` in place of one. */
  readonly config: (remote: CohortServer, wrongKey?: string) => Readonly<Record<string, unknown>>
}

const ids: readonly Identifier[] = [
  { kind: 'external_id', value: 'C-1' },
  { kind: 'alias', label: 'crm', name: '007' },
  { kind: 'device_id', value: '8f3a' },
]
const batch = (operation: Batch['operation'] = 'add'): Batch => ({
  cohortId: 'c1',
  operation,
  identifiers: ids,
})
const never = (): AbortSignal => new AbortController().signal

/** The contract that every destination keeps (core/sync/destination.ts), against a remote on a real socket. */
export function destinationContract({ destination, config, io }: DestinationSetup): void {
  describe(`destination ${destination.name}`, () => {
    let remote: CohortServer
    let open: OpenDestination
    const told: string[] = []
    const note = async (outcome: Promise<Outcome>): Promise<Outcome> => {
      const found = await outcome
      told.push(JSON.stringify(found))
      return found
    }
    const members = (): string[] => [...(remote.cohorts.get('c1')?.members ?? [])].sort()

    beforeAll(async () => {
      remote = await startCohortServer()
      open = destination.open(config(remote), io)
    })
    beforeEach(() => {
      remote.cohorts.clear()
      remote.faults.length = 0
      remote.seen.length = 0
      remote.refuse = () => false
    })
    afterAll(() => remote.close())

    it('checks endpoint and keys without changing anything', async () => {
      expect(await note(open.check(never()))).toMatchObject({ kind: 'accepted' })
      expect(remote.cohorts.size).toBe(0)
    })

    it('names a cohort, and names it again', async () => {
      for (const name of ['Lapsed VIPs', 'Lapsed VIPs', 'VIPs – verfallen']) {
        expect(await note(open.nameCohort({ cohortId: 'c1', name, createdAt: 0 }, never()))).toMatchObject({
          kind: 'accepted',
        })
        expect(remote.cohorts.get('c1')?.name).toBe(name)
      }
    })

    it('adds and removes every kind of identifier, and keeps the request id', async () => {
      expect(await note(open.deliver(batch(), never()))).toEqual({
        kind: 'accepted',
        status: 201,
        requestId: 'req-1',
      })
      expect(members()).toEqual(['C-1', 'alias:crm:007', 'device:8f3a'])
      expect(await note(open.deliver(batch('remove'), never()))).toMatchObject({ kind: 'accepted' })
      expect(members()).toEqual([])
    })

    it('may deliver the same batch twice', async () => {
      await open.deliver(batch(), never())
      const once = members()
      expect(await open.deliver(batch(), never())).toMatchObject({ kind: 'accepted' })
      expect(members()).toEqual(once)
    })

    it('delivers as many ids as it says a request may hold', async () => {
      const many = Array.from(
        { length: destination.limits.idsPerRequest },
        (_, n): Identifier => ({ kind: 'external_id', value: `C-${n}` }),
      )
      expect(await open.deliver({ ...batch(), identifiers: many }, never())).toMatchObject({
        kind: 'accepted',
      })
      expect(members()).toHaveLength(many.length)
    })

    it('reports a batch that holds one bad id as refused, and changes nothing', async () => {
      remote.refuse = (identifier) => identifier.kind === 'device_id'
      expect(await note(open.deliver(batch(), never()))).toMatchObject({ kind: 'refused', status: 400 })
      expect(members()).toEqual([])
    })

    it.each([
      ['in seconds', { 'retry-after': '7' }, 7_000],
      [
        'as a date',
        { 'retry-after': 'Mon, 23 Nov 2026 20:00:09 GMT', date: 'Mon, 23 Nov 2026 20:00:00 GMT' },
        9_000,
      ],
      ['not at all', {}, null],
      ['in a form nobody knows', { 'retry-after': 'soon' }, null],
    ])(
      'is unavailable when it is limited and says when to come back %s',
      async (_, headers, retryAfterMs) => {
        remote.faults.push({ kind: 'status', status: 429, headers })
        expect(await note(open.deliver(batch(), never()))).toMatchObject({
          kind: 'unavailable',
          status: 429,
          retryAfterMs,
        })
      },
    )

    it('is unavailable while the remote is broken, and delivers after', async () => {
      for (const status of [500, 502, 503, 504, 423, 404, 408, 302]) {
        remote.faults.push({ kind: 'status', status })
        expect(await note(open.deliver(batch(), never()))).toMatchObject({ kind: 'unavailable', status })
      }
      expect(await open.deliver(batch(), never())).toMatchObject({ kind: 'accepted' })
    })

    it.each([
      ['an HTML page', '<html>OK</html>'],
      ['nothing', ''],
      ['a cut body', '{"message":"succ'],
      ['a bare string', '"success"'],
      ['an array', '[]'],
    ])('does not take a 200 with %s for a success', async (_, body) => {
      remote.faults.push({ kind: 'status', status: 200, body })
      expect(await note(open.deliver(batch(), never()))).toMatchObject({ kind: 'unavailable', status: 200 })
    })

    it('does not follow a redirect', async () => {
      remote.faults.push({ kind: 'status', status: 307, headers: { location: `${remote.url}/elsewhere` } })
      expect(await note(open.deliver(batch(), never()))).toMatchObject({ kind: 'unavailable', status: 307 })
      expect(remote.seen).toHaveLength(1)
    })

    it('gives up at the deadline of its caller', async () => {
      remote.faults.push({ kind: 'silence' })
      const outcome = await note(open.deliver(batch(), AbortSignal.timeout(100)))
      expect(outcome).toMatchObject({
        kind: 'unavailable',
        status: null,
        message: expect.stringContaining('in time'),
      })
    })

    it('lets go when its caller aborts', async () => {
      remote.faults.push({ kind: 'silence' })
      const abort = new AbortController()
      setTimeout(() => abort.abort(), 50)
      expect(await note(open.deliver(batch(), abort.signal))).toMatchObject({
        kind: 'unavailable',
        status: null,
      })
    })

    it('is unavailable when the connection is reset', async () => {
      remote.faults.push({ kind: 'reset' })
      expect(await note(open.deliver(batch(), never()))).toMatchObject({ kind: 'unavailable', status: null })
    })

    it('is unauthorized with a wrong key, for every call', async () => {
      const stranger = destination.open(config(remote, 'wrong-key-canary'), io)
      for (const outcome of [
        stranger.check(never()),
        stranger.nameCohort({ cohortId: 'c1', name: 'x', createdAt: 0 }, never()),
        stranger.deliver(batch(), never()),
      ]) {
        expect(await note(outcome)).toMatchObject({ kind: 'unauthorized', status: 401 })
      }
    })

    it('tells no secret, not even one that the remote repeats', async () => {
      const { partnerApiKey, dataImportKey } = remote.keys
      const echo = JSON.stringify({ message: `not enabled for ${dataImportKey} and ${partnerApiKey}` })
      for (const status of [400, 401, 403, 500]) {
        remote.faults.push({ kind: 'status', status, body: echo })
        await note(open.deliver(batch(), never()))
      }
      expect(told.length).toBeGreaterThan(20)
      for (const text of told) expect(text).not.toMatch(/canary/)
      const error = thrownBy(() =>
        destination.parse({ ...config(remote), surplus: 1, rest_endpoint: 'http://x.example' }),
      )
      expect(`${error} ${JSON.stringify(error)}`).not.toMatch(/canary/)
    })
  })
}

function thrownBy(act: () => void): unknown {
  try {
    act()
    return null
  } catch (error) {
    return error
  }
}
