import { join } from 'node:path'
import type pg from 'pg'
import type { Bench } from './bench.ts'
import { type MusterChild, startMuster } from './child.ts'
import { openMusterClient, partner, type SendChanges } from './cohort-client.ts'
import { externalId, fillProfiles, startDatabase } from './engage-database.ts'
import { type Figure, percentile } from './measurement.ts'

/**
 * How soon after its answer an import is seen by a segment, while other imports keep the server at work. One person after
 * another is added to a cohort; from the answer on the segment is asked for that person until it says yes.
 * - seen_p50, seen_p99: from the answer to the yes. The limit is the bare SQL of the same check by pg, asked in turn with
 *   it, under the same load.
 * - accepted_p50, accepted_p99: from the request to the answer.
 */
export const visible: Bench = {
  title: 'accepted to seen by a segment',
  rows: { what: 'profiles', default: 100_000 },
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
    const send = await openMusterClient(stage, muster, loaders + 1)
    await send('seen', [{ user_ids: ['nobody'] }])
    await putSegment(muster)
    stage.progress('under load')
    const load = startLoad(send, stage.rows)
    const times = await probe({ muster, pool, send, people: stage.rows }).finally(load.stop)
    return figuresOf(times)
  },
}

const loaders = 3
const probes = 400
const idsPerRequest = 1_000

async function putSegment({ client }: MusterChild): Promise<void> {
  const filter = {
    kind: 'all',
    of: [
      { kind: 'cohort', partner, cohort_id: 'seen', operator: 'includes' },
      { kind: 'field', field: 'country', operator: 'equals', value: 'ES' },
    ],
  } as const
  await client.putSegment({ params: { name: 'seen' }, body: { filter } })
}

/** Imports of 1,000 ids each, added and removed in turn, one of each loader in flight. */
function startLoad(send: SendChanges, people: number): { stop(): Promise<void> } {
  let stopped = false
  const loader = async (own: number): Promise<void> => {
    for (let round = 0; !stopped; round++) {
      const from = Math.floor(round / 2) * idsPerRequest
      const ids = Array.from({ length: idsPerRequest }, (_, n) => externalId(((from + n) % people) + 1))
      const removal = round % 2 === 1 ? { should_remove: true as const } : {}
      await send(`load-${own}`, [{ user_ids: ids, ...removal }])
    }
  }
  const running = Promise.all(Array.from({ length: loaders }, (_, own) => loader(own)))
  return {
    stop: async () => {
      stopped = true
      await running
    },
  }
}

interface Probed {
  readonly muster: MusterChild
  readonly pool: pg.Pool
  readonly send: SendChanges
  readonly people: number
}

interface Times {
  readonly accepted: number[]
  readonly seen: number[]
  readonly bare: number[]
}

async function probe({ muster, pool, send, people }: Probed): Promise<Times> {
  const times: Times = { accepted: [], seen: [], bare: [] }
  const timed = async (into: number[], work: () => Promise<unknown>): Promise<void> => {
    const began = performance.now()
    await work()
    into.push((performance.now() - began) / 1_000)
  }
  for (let n = 0; n < probes; n++) {
    const user = externalId((n % people) + 1)
    await timed(times.accepted, () => send('seen', [{ user_ids: [user] }]))
    const asked = { params: { name: 'seen' }, query: { user } }
    await timed(times.seen, async () => {
      while (!(await muster.client.lookUpInSegment(asked)).member) {}
    })
    await timed(times.bare, () => pool.query({ name: 'bare_lookup', text: bareLookup, values: [user] }))
  }
  return times
}

const bareLookup = `
  select exists (
    select from engage.profile p
    where p.workspace_id = 1 and p.external_id = $1 and p.country = 'ES'
      and exists (
        select from engage.cohort_member m join engage.cohort c using (workspace_id, cohort)
        where m.workspace_id = 1 and c.cohort_id = 'seen' and m.profile_id = p.profile_id))`

function figuresOf({ accepted, seen, bare }: Times): Figure[] {
  const figure = (metric: string, times: readonly number[], share: number, limit?: number): Figure => ({
    metric: `${metric}_p${share * 100}`,
    value: percentile(times, share),
    unit: 's',
    ...(limit === undefined ? {} : { limit }),
    n: times.length,
  })
  return [0.5, 0.99].flatMap((share) => [
    figure('seen', seen, share, percentile(bare, share)),
    figure('accepted', accepted, share),
  ])
}
