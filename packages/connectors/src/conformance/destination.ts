import type { SealedDestination } from '@muster/core/sync/connector.ts'
import type { Batch, DestinationIo, OpenDestination } from '@muster/core/sync/destination.ts'
import { formatIdentifier, type Identifier } from '@muster/core/sync/identifier.ts'
import type { Outcome } from '@muster/core/sync/outcome.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Fault } from './faulty-server.ts'

/** What the suite must see of a destination's far end. */
export interface FarEnd {
  /** The members of the cohort `c1`, as `formatIdentifier` writes them, sorted. */
  members(): readonly string[]
  /** What the far end calls the cohort `c1`. */
  name(): string | null
  /** Empties it, and takes every fault and refusal back. */
  clear(): void
  close(): Promise<void>
}

/** A far end that is reached over HTTP, where everything can go wrong. */
export interface HttpFarEnd extends FarEnd {
  readonly url: string
  readonly faults: (Fault | null)[]
  /** How many requests came in since `clear`. */
  requests(): number
  /** From now on a request that holds such an identifier is refused. */
  refuse(kind: Identifier['kind']): void
  /** What no outcome and no error may tell: each holds the word `canary`. */
  readonly secrets: readonly string[]
}

interface Setup<Far extends FarEnd> {
  readonly destination: SealedDestination
  /** The network, as the product uses it. */
  readonly io: DestinationIo
  readonly start: () => Promise<Far>
  /** The configuration that reaches the far end with its keys, or with `wrongKey` in place of one. */
  readonly config: (far: Far, wrongKey?: string) => Readonly<Record<string, unknown>>
  readonly exceptions?: {
    /** Why the far end has no name of a cohort. */
    readonly unnamed?: string
  }
}

export interface HttpSetup extends Setup<HttpFarEnd> {
  readonly exceptions?: Setup<HttpFarEnd>['exceptions'] & {
    /** Why any 2xx is a success, whatever its body. */
    readonly anyBody?: string
  }
}

const everyKind: readonly Identifier[] = [
  { kind: 'external_id', value: 'C-1' },
  { kind: 'alias', label: 'crm', name: '007' },
  { kind: 'device_id', value: '8f3a' },
]
const never = (): AbortSignal => new AbortController().signal

/** As many different identifiers of the kinds that the destination accepts. */
function identifiersFor({ accepts }: SealedDestination, count: number): Identifier[] {
  const kinds = everyKind.filter(({ kind }) => accepts.includes(kind))
  return Array.from({ length: count }, (_, n) => {
    const one = kinds[n % kinds.length] ?? everyKind[0]
    if (one?.kind === 'alias') return { ...one, name: `${one.name}-${n}` }
    return { kind: one?.kind ?? 'external_id', value: `${one?.value}-${n}` }
  })
}

const written = (identifiers: readonly Identifier[]): string[] => identifiers.map(formatIdentifier).sort()

/** The contract that every destination keeps (core/sync/destination.ts). */
export function destinationContract<Far extends FarEnd>(setup: Setup<Far>): void {
  const { destination, config, io, start, exceptions } = setup
  describe(`destination ${destination.name}`, () => {
    let far: Far
    let open: OpenDestination
    const few = identifiersFor(destination, 3)
    const batch = (id: string, operation: Batch['operation'] = 'add', identifiers = few): Batch => ({
      id,
      cohortId: 'c1',
      operation,
      identifiers,
    })

    beforeAll(async () => {
      far = await start()
      open = destination.open(config(far), io)
    })
    beforeEach(() => far.clear())
    afterAll(() => far.close())

    it('checks the way to the far end without changing anything', async () => {
      expect(await open.check(never())).toMatchObject({ kind: 'accepted' })
      expect(far.members()).toEqual([])
    })

    it(`names a cohort, and names it again${exceptions?.unnamed ? `: ${exceptions.unnamed}` : ''}`, async () => {
      for (const name of ['Lapsed VIPs', 'Lapsed VIPs', 'VIPs – verfallen']) {
        expect(await open.nameCohort({ cohortId: 'c1', name, createdAt: 0 }, never())).toMatchObject({
          kind: 'accepted',
        })
        expect(far.name()).toBe(exceptions?.unnamed ? null : name)
      }
    })

    it('adds and removes every kind of identifier that it accepts', async () => {
      expect(await open.deliver(batch('1-0-3'), never())).toMatchObject({ kind: 'accepted' })
      expect(far.members()).toEqual(written(few))
      expect(await open.deliver(batch('2-0-1', 'remove', few.slice(0, 1)), never())).toMatchObject({
        kind: 'accepted',
      })
      expect(far.members()).toEqual(written(few.slice(1)))
    })

    it('may deliver the same batch twice', async () => {
      await open.deliver(batch('1-0-3'), never())
      const once = far.members()
      expect(await open.deliver(batch('1-0-3'), never())).toMatchObject({ kind: 'accepted' })
      expect(far.members()).toEqual(once)
    })

    it('removes what is not in, and adds what was removed', async () => {
      expect(await open.deliver(batch('1-0-3', 'remove'), never())).toMatchObject({ kind: 'accepted' })
      expect(await open.deliver(batch('2-0-3'), never())).toMatchObject({ kind: 'accepted' })
      expect(far.members()).toEqual(written(few))
    })

    it('delivers as many ids as it says a request may hold', async () => {
      const many = identifiersFor(destination, destination.limits.idsPerRequest)
      expect(await open.deliver(batch('1-0-n', 'add', many), never())).toMatchObject({ kind: 'accepted' })
      expect(far.members()).toEqual(written(many))
    })

    it('takes identifiers as they are: blanks, quotes, other scripts, a comma, a line break', async () => {
      const odd = [' 7 ', `"O'Neil"`, 'Ünïcødé 🙂', 'a,b;c', '__proto__', 'a\nb', '=1+1'].map(
        (value): Identifier => ({ kind: 'external_id', value }),
      )
      expect(await open.deliver(batch('1-0-7', 'add', odd), never())).toMatchObject({ kind: 'accepted' })
      expect(far.members()).toEqual(written(odd))
    })
  })
}

/** What a destination over HTTP keeps besides: every fault of the way and of the far end. */
export function httpDestinationContract(setup: HttpSetup): void {
  const { destination, config, io, start, exceptions } = setup
  describe(`destination ${destination.name} over HTTP`, () => {
    let far: HttpFarEnd
    let open: OpenDestination
    const told: string[] = []
    const few = identifiersFor(destination, 3)
    const batch: Batch = { id: '1-0-3', cohortId: 'c1', operation: 'add', identifiers: few }
    const note = async (outcome: Promise<Outcome>): Promise<Outcome> => {
      const found = await outcome
      told.push(JSON.stringify(found))
      return found
    }
    const deliver = (signal = never()): Promise<Outcome> => note(open.deliver(batch, signal))

    beforeAll(async () => {
      far = await start()
      open = destination.open(config(far), io)
    })
    beforeEach(() => far.clear())
    afterAll(() => far.close())

    it('keeps the request id', async () => {
      expect(await deliver()).toEqual({ kind: 'accepted', status: expect.any(Number), requestId: 'req-1' })
    })

    it('reports a batch that holds one bad id as refused', async () => {
      far.refuse('external_id')
      expect(await deliver()).toMatchObject({ kind: 'refused' })
      expect(far.members()).not.toContain(written(few)[0])
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
        far.faults.push({ kind: 'status', status: 429, headers })
        expect(await deliver()).toMatchObject({ kind: 'unavailable', status: 429, retryAfterMs })
      },
    )

    it('is unavailable while the remote is broken, and delivers after', async () => {
      for (const status of [500, 502, 503, 504, 423, 404, 408, 302]) {
        far.faults.push({ kind: 'status', status })
        expect(await deliver()).toMatchObject({ kind: 'unavailable', status })
      }
      expect(await deliver()).toMatchObject({ kind: 'accepted' })
    })

    it.each([
      ['an HTML page', '<html>OK</html>'],
      ['nothing', ''],
      ['a cut body', '{"message":"succ'],
      ['a bare string', '"success"'],
      ['an array', '[]'],
      ['another message', '{"message":"Internal error"}'],
      ['an error', '{"error":"overloaded"}'],
    ])(
      `${exceptions?.anyBody ? `takes any 2xx for a success, since ${exceptions.anyBody}` : 'does not take a 200 for a success'}: %s`,
      async (_, body) => {
        far.faults.push({ kind: 'status', status: 200, body })
        expect(await deliver()).toMatchObject({
          kind: exceptions?.anyBody ? 'accepted' : 'unavailable',
          status: 200,
        })
      },
    )

    it('does not follow a redirect', async () => {
      far.faults.push({ kind: 'status', status: 307, headers: { location: `${far.url}/elsewhere` } })
      expect(await deliver()).toMatchObject({ kind: 'unavailable', status: 307 })
      expect(far.requests()).toBe(1)
    })

    it('gives up at the deadline of its caller', async () => {
      far.faults.push({ kind: 'silence' })
      expect(await deliver(AbortSignal.timeout(100))).toMatchObject({
        kind: 'unavailable',
        status: null,
        message: expect.stringContaining('in time'),
      })
    })

    it('lets go when its caller aborts', async () => {
      far.faults.push({ kind: 'silence' })
      const abort = new AbortController()
      setTimeout(() => abort.abort(), 50)
      expect(await deliver(abort.signal)).toMatchObject({ kind: 'unavailable', status: null })
    })

    it('is unavailable when the connection is reset', async () => {
      far.faults.push({ kind: 'reset' })
      expect(await deliver()).toMatchObject({ kind: 'unavailable', status: null })
    })

    it('is unauthorized with a wrong key', async () => {
      const stranger = destination.open(config(far, 'wrong-key-canary'), io)
      for (const outcome of [stranger.check(never()), stranger.deliver(batch, never())]) {
        expect(await note(outcome)).toMatchObject({ kind: 'unauthorized', status: 401 })
      }
      expect(far.members()).toEqual([])
    })

    it('tells no secret, not even one that the remote repeats', async () => {
      const echo = JSON.stringify({ message: `not enabled for ${far.secrets.join(' and ')}` })
      for (const status of [400, 401, 403, 500]) {
        far.faults.push({ kind: 'status', status, body: echo })
        await deliver()
      }
      expect(told.length).toBeGreaterThan(20)
      for (const text of told) expect(text).not.toMatch(/canary/)
      const error = thrownBy(() => destination.parse({ ...config(far), surplus: 1 }))
      expect(error).toMatchObject({ code: 'bad_config' })
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
