import { join } from 'node:path'
import { type Database, openDatabase } from '@muster/server/db/database.ts'
import { importCohort } from '@muster/server/engage/import-cohort.ts'
import type pg from 'pg'
import { importBare, makeBareTables } from './bare-import.ts'
import type { Bench, Stage } from './bench.ts'
import { type MusterChild, startChild, startMuster } from './child.ts'
import { openCohortClient, openMusterClient, partner, type SendChanges } from './cohort-client.ts'
import { externalId, fillProfiles, startDatabase } from './engage-database.ts'
import { expectMembers, measureShapes } from './import-shapes.ts'
import { type Figure, secondsOf } from './measurement.ts'
import { inParallel } from './post.ts'

/**
 * Cohort imports through HTTP, 1,000 ids a request, each profile (of more than 500,000, so many of them) once into each of
 * `cohorts` cohorts, in random order, durable, with the client on the same machine. The limit of every figure is the bare SQL of bare-import.ts by pg, the better
 * of two passes, one before the others and one after them.
 * - ids: the product's server, one request of each cohort in flight.
 * - ids_one_cohort: all requests in flight are of one cohort and wait for its lock.
 * - ids_without_http: the product's own statement called by pg, which tells HTTP's share from SQL's.
 * - ids_http_alone: node:http reads and parses the same requests and does nothing (bare-http.ts).
 * - the other shapes of requests: import-shapes.ts.
 */
export const importIds: Bench = {
  title: 'cohort import',
  rows: { what: 'profiles', default: 200_000 },
  run: async (stage) => {
    const { url, pool } = await startDatabase(stage)
    stage.progress('starting Muster')
    const muster = await startMuster(stage, {
      dataDirectory: join(stage.directory, 'data'),
      only: 'engage',
      environment: { MUSTER_DATABASE_URL: url },
    })
    stage.progress('filling the store')
    await fillProfiles(pool, stage.rows)
    await makeBareTables(pool)
    const engage = openDatabase({ url, role: 'muster_engage', connections: cohorts })
    stage.defer(engage.close)
    return measure(stage, { muster, pool, engage, requests: requestsFor(stage.rows) })
  },
}

const cohorts = 4
const idsPerRequest = 1_000
/** Enough to measure by, however many profiles there are. */
const mostIdsOfCohort = 500_000

interface Contest {
  readonly muster: MusterChild
  readonly pool: pg.Pool
  readonly engage: Database
  /** The ids of each request. */
  readonly requests: readonly (readonly string[])[]
}

async function measure(stage: Stage, contest: Contest): Promise<Figure[]> {
  const rows = Math.min(stage.rows, mostIdsOfCohort)
  const n = rows * cohorts
  stage.progress('bare SQL')
  const bareBefore = n / (await inBareSql(contest, 0))
  stage.progress('through HTTP')
  const ids = n / (await throughHttp(stage, contest))
  const rss = await contest.muster.peakMiB()
  stage.progress('through HTTP, one cohort')
  const oneCohort = rows / (await throughHttpIntoOne(stage, contest))
  stage.progress('without HTTP')
  const withoutHttp = n / (await withoutHttpAtAll(contest))
  stage.progress('node:http alone')
  const httpAlone = n / (await httpAloneSeconds(stage, contest))
  stage.progress('bare SQL again')
  const bare = Math.max(bareBefore, n / (await inBareSql(contest, cohorts)))
  const someRequests = contest.requests.slice(0, Math.ceil(contest.requests.length / 2))
  const shapes = await measureShapes(stage, { ...contest, requests: someRequests, cohorts, bare })
  return [
    { metric: 'ids', value: ids, unit: 'ids/s', limit: bare, n },
    { metric: 'ids_one_cohort', value: oneCohort, unit: 'ids/s', limit: bare, n: rows },
    { metric: 'ids_without_http', value: withoutHttp, unit: 'ids/s', limit: bare, n },
    { metric: 'ids_http_alone', value: httpAlone, unit: 'ids/s', limit: bare, n },
    ...shapes,
    ...(rss === null ? [] : [{ metric: 'rss', value: rss, unit: 'MiB', n } as const]),
  ]
}

/** Profiles in an order that looks random, so that the index is read as it is by real requests. */
export function requestsFor(profiles: number, ids = Math.min(profiles, mostIdsOfCohort)): string[][] {
  const stride = strideFor(profiles)
  const requests: string[][] = []
  for (let at = 0, sent = 0; sent < ids; sent++, at = (at + stride) % profiles) {
    if (sent % idsPerRequest === 0) requests.push([])
    requests.at(-1)?.push(externalId(at + 1))
  }
  return requests
}

/** About 0.618 of the number and without a common factor with it. */
function strideFor(people: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
  let stride = Math.max(1, Math.floor(people * 0.618))
  while (divisor(stride, people) !== 1) stride++
  return stride
}

const everyCohort = Array.from({ length: cohorts }, (_, cohort) => cohort + 1)

function inBareSql({ pool, requests }: Contest, firstCohort: number): Promise<number> {
  return secondsOf(() =>
    inParallel(everyCohort, cohorts, async (cohort) => {
      for (const ids of requests) await importBare(pool, { cohort: firstCohort + cohort, ids })
    }),
  )
}

function withoutHttpAtAll({ engage, requests }: Contest): Promise<number> {
  return secondsOf(() =>
    inParallel(everyCohort, cohorts, async (cohort) => {
      for (const ids of requests) {
        const changes = ids.map((value) => ({
          identifier: { kind: 'external_id', value } as const,
          remove: false,
        }))
        const request = { cohortId: `direct-${cohort}`, changes }
        await importCohort(engage, { requestId: crypto.randomUUID(), partner, request, now: Date.now() })
      }
    }),
  )
}

function sendToEvery(send: SendChanges, requests: Contest['requests']): Promise<number> {
  return secondsOf(() =>
    inParallel(everyCohort, cohorts, async (cohort) => {
      for (const ids of requests) await send(`bench-${cohort}`, [{ user_ids: ids }])
    }),
  )
}

async function throughHttp(stage: Stage, contest: Contest): Promise<number> {
  const send = await openMusterClient(stage, contest.muster, cohorts)
  const seconds = await sendToEvery(send, contest.requests)
  for (const cohort of everyCohort)
    await expectMembers(contest, `bench-${cohort}`, Math.min(stage.rows, mostIdsOfCohort))
  return seconds
}

async function throughHttpIntoOne(stage: Stage, contest: Contest): Promise<number> {
  const send = await openMusterClient(stage, contest.muster, cohorts)
  const seconds = await secondsOf(() =>
    inParallel(contest.requests, cohorts, (ids) => send('bench-one', [{ user_ids: ids }])),
  )
  await expectMembers(contest, 'bench-one', Math.min(stage.rows, mostIdsOfCohort))
  return seconds
}

async function httpAloneSeconds(stage: Stage, { requests }: Contest): Promise<number> {
  const server = await startChild(stage, [join(import.meta.dirname, 'bare-http.ts')])
  const keys = { partnerApiKey: 'p', clientSecret: 'd' }
  const send = openCohortClient(stage, { address: String(server.ready), keys, connections: cohorts })
  return sendToEvery(send, requests)
}
