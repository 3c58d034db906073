import { join } from 'node:path'
import { cohortUsersBody } from '@muster/core/braze/cohorts.ts'
import { type Database, openDatabase } from '@muster/server/db/database.ts'
import { importCohort } from '@muster/server/engage/import-cohort.ts'
import type pg from 'pg'
import { importBare, makeBareTables } from './bare-import.ts'
import type { Bench, Stage } from './bench.ts'
import { type MusterChild, startChild, startMuster } from './child.ts'
import { externalId, fillProfiles, startDatabase } from './engage-database.ts'
import { type Figure, secondsOf } from './measurement.ts'
import { createPoster, inParallel } from './post.ts'

/**
 * Cohort imports through HTTP, 1,000 ids a request, each profile once into each of `cohorts` cohorts, in random order,
 * durable, with the client on the same machine. The limit of every figure is the bare SQL of bare-import.ts by pg, the better
 * of two passes, one before the others and one after them.
 * - ids: the product's server, one request of each cohort in flight.
 * - ids_one_cohort: all requests in flight are of one cohort and wait for its lock.
 * - ids_without_http: the product's own statement called by pg, which tells HTTP's share from SQL's.
 * - ids_http_alone: node:http reads and parses the same requests and does nothing (bare-http.ts).
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
const partner = 'hightouch'

interface Contest {
  readonly muster: MusterChild
  readonly pool: pg.Pool
  readonly engage: Database
  /** The ids of each request. */
  readonly requests: readonly (readonly string[])[]
}

async function measure(stage: Stage, contest: Contest): Promise<Figure[]> {
  const { rows } = stage
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
  return [
    { metric: 'ids', value: ids, unit: 'ids/s', limit: bare, n },
    { metric: 'ids_one_cohort', value: oneCohort, unit: 'ids/s', limit: bare, n: rows },
    { metric: 'ids_without_http', value: withoutHttp, unit: 'ids/s', limit: bare, n },
    { metric: 'ids_http_alone', value: httpAlone, unit: 'ids/s', limit: bare, n },
    ...(rss === null ? [] : [{ metric: 'rss', value: rss, unit: 'MiB', n } as const]),
  ]
}

/** The profiles in an order that looks random, so that the index is read as it is by real requests. */
function requestsFor(profiles: number): string[][] {
  const stride = strideFor(profiles)
  const requests: string[][] = []
  for (let at = 0, sent = 0; sent < profiles; sent++, at = (at + stride) % profiles) {
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

interface Target {
  readonly address: string
  readonly send: (cohortId: string, ids: readonly string[]) => Promise<void>
}

async function targetOf(
  stage: Stage,
  address: string,
  keys: { partnerApiKey: string; clientSecret: string },
): Promise<Target> {
  const poster = createPoster(address, cohorts)
  stage.defer(async () => poster.close())
  const send = async (cohortId: string, ids: readonly string[]): Promise<void> => {
    const identifiers = ids.map((value) => ({ kind: 'external_id', value }) as const)
    const body = Buffer.from(JSON.stringify(cohortUsersBody(keys, cohortId, identifiers, false)))
    const status = await poster.post(`/partners/${partner}/cohorts/users`, body)
    if (status !== 201) throw new Error(`the import was answered ${status}`)
  }
  return { address, send }
}

async function musterTarget(stage: Stage, { muster }: Contest): Promise<Target> {
  const keys = await muster.client.createPartnerKeys({ params: { slug: partner }, body: { name: 'bench' } })
  const credentials = { partnerApiKey: keys.partner_api_key, clientSecret: keys.data_import_key }
  return targetOf(stage, muster.address, credentials)
}

function sendToEvery(target: Target, requests: Contest['requests']): Promise<number> {
  return secondsOf(() =>
    inParallel(everyCohort, cohorts, async (cohort) => {
      for (const ids of requests) await target.send(`bench-${cohort}`, ids)
    }),
  )
}

async function throughHttp(stage: Stage, contest: Contest): Promise<number> {
  const target = await musterTarget(stage, contest)
  const seconds = await sendToEvery(target, contest.requests)
  for (const cohort of everyCohort) await expectMembers(contest, `bench-${cohort}`, stage.rows)
  return seconds
}

async function throughHttpIntoOne(stage: Stage, contest: Contest): Promise<number> {
  const target = await musterTarget(stage, contest)
  const seconds = await secondsOf(() =>
    inParallel(contest.requests, cohorts, (ids) => target.send('bench-one', ids)),
  )
  await expectMembers(contest, 'bench-one', stage.rows)
  return seconds
}

async function httpAloneSeconds(stage: Stage, { requests }: Contest): Promise<number> {
  const server = await startChild(stage, [join(import.meta.dirname, 'bare-http.ts')])
  const target = await targetOf(stage, String(server.ready), { partnerApiKey: 'p', clientSecret: 'd' })
  return sendToEvery(target, requests)
}

/** A figure of an import that did not add everybody would be worth nothing. */
async function expectMembers({ muster }: Contest, cohort_id: string, members: number): Promise<void> {
  const cohort = await muster.client.getCohort({ params: { partner, cohort_id } })
  if (cohort.members !== members)
    throw new Error(`${cohort_id} has ${cohort.members} members, not ${members}`)
}
