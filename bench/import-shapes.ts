import type pg from 'pg'
import { importBare } from './bare-import.ts'
import type { Stage } from './bench.ts'
import type { MusterChild } from './child.ts'
import { type Change, openMusterClient, partner, type SendChanges } from './cohort-client.ts'
import { deviceId, fillAliases, fillDevices } from './engage-database.ts'
import { type Figure, secondsOf } from './measurement.ts'
import { inParallel } from './post.ts'

/** What the shapes of requests are measured on. */
export interface ShapesContest {
  readonly muster: MusterChild
  readonly pool: pg.Pool
  /** The external_ids of each request. */
  readonly requests: readonly (readonly string[])[]
  /** Cohorts of which each has a request in flight; `bench-1`… and the bare ones hold everybody. */
  readonly cohorts: number
  /** Ids a second of the bare SQL of additions. */
  readonly bare: number
}

/**
 * Other requests than plain additions, each id once, through HTTP. The limit of `removals` is bare SQL that removes; that of
 * the others is the bare SQL of additions by external_id.
 * - ids_removals: all are members before. ids_mixed: a half joins and a half leaves in each request.
 * - ids_aliases; ids_devices: of anonymous users. ids_64_cohorts: 64 cohorts with a request in flight each.
 */
export async function measureShapes(stage: Stage, contest: ShapesContest): Promise<Figure[]> {
  const { muster, pool, requests, cohorts, bare } = contest
  const send = await openMusterClient(stage, muster, cohorts)
  const ids = requests.reduce((sum, request) => sum + request.length, 0)
  const figures: Figure[] = []
  const measured = async (metric: string, n: number, work: () => Promise<unknown>, limit = bare) => {
    stage.progress(metric)
    figures.push({ metric, value: n / (await secondsOf(work)), unit: 'ids/s', limit, n })
  }
  stage.progress('bare SQL of removals')
  const removed = await secondsOf(() =>
    spread(requests, cohorts, (request, cohort) => importBare(pool, { cohort, ids: request, remove: true })),
  )
  const leaving = all(send, 'bench', (user_ids) => [{ user_ids, should_remove: true }])
  await measured('ids_removals', ids, () => spread(requests, cohorts, leaving), ids / removed)
  const half = requests.map((request) => request.slice(0, request.length / 2))
  await measured('ids_mixed', ids, () =>
    spread(half, cohorts, (joining, cohort, before) =>
      send(`mixed-${cohort}`, [{ user_ids: joining }, { user_ids: before ?? [], should_remove: true }]),
    ),
  )
  await expectMembers(contest, 'mixed-1', half.at(-cohorts)?.length ?? 0)
  await fillAliases(pool)
  const named = all(send, 'aliases', (names) => [
    { aliases: names.map((alias_name) => ({ alias_label: 'crm', alias_name })) },
  ])
  await measured('ids_aliases', ids, () => spread(requests, cohorts, named))
  await expectMembers(contest, 'aliases-1', dealt(requests, cohorts))
  await fillDevices(pool, ids / 2)
  const devices = half.map((request, r) => request.map((_, n) => deviceId(r * request.length + n + 1)))
  const used = all(send, 'devices', (device_ids) => [{ device_ids }])
  await measured('ids_devices', ids / 2, () => spread(devices, cohorts, used))
  await expectMembers(contest, 'devices-1', dealt(devices, cohorts))
  const sendMany = await openMusterClient(stage, muster, manyCohorts)
  const joining = all(sendMany, 'many', (user_ids) => [{ user_ids }])
  await measured('ids_64_cohorts', ids, () => spread(requests, manyCohorts, joining))
  await expectMembers(contest, 'many-1', dealt(requests, manyCohorts))
  return figures
}

const manyCohorts = 64

type Ids = readonly string[]

/** Deals the requests out to the cohorts, in turn; each cohort has one in flight. */
function spread(
  requests: readonly Ids[],
  cohorts: number,
  work: (request: Ids, cohort: number, before: Ids | undefined) => Promise<void>,
): Promise<void> {
  const every = Array.from({ length: cohorts }, (_, n) => n)
  return inParallel(every, cohorts, async (cohort) => {
    for (let r = cohort; r < requests.length; r += cohorts) {
      await work(requests[r] ?? [], cohort + 1, requests[r - cohorts])
    }
  })
}

/** How many ids the first cohort gets. */
function dealt(requests: readonly Ids[], cohorts: number): number {
  return requests.reduce((sum, ids, r) => (r % cohorts === 0 ? sum + ids.length : sum), 0)
}

function all(send: SendChanges, name: string, changesOf: (ids: Ids) => Change[]) {
  return (ids: Ids, cohort: number): Promise<void> => send(`${name}-${cohort}`, changesOf(ids))
}

/** A figure of an import that did not do its work would be worth nothing. */
export async function expectMembers(
  { muster }: { readonly muster: MusterChild },
  cohort_id: string,
  members: number,
): Promise<void> {
  const cohort = await muster.client.getCohort({ params: { partner, cohort_id } })
  if (cohort.members !== members)
    throw new Error(`${cohort_id} has ${cohort.members} members, not ${members}`)
}
