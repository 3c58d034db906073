import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type MusterProcess, openMusterProcess } from '../e2e/muster-process.ts'
import { chanceOf } from './trials.ts'

const seed = Number(process.env.MUSTER_SEED ?? Math.floor(Math.random() * 2 ** 31))
const people = 300

/** A request of the wire, without its keys. */
interface Logged {
  readonly user_ids: readonly string[]
  readonly should_remove: boolean
}

const Members = z.object({ members: z.array(z.object({ external_id: z.string().nullable() })) })

describe('SE-10: a cohort whose requests are delivered again', () => {
  let muster: MusterProcess
  let address: string
  let secrets: object
  beforeAll(async () => {
    muster = await openMusterProcess()
    address = (await muster.serve()).address
    const keys = z
      .object({ partner_api_key: z.string(), data_import_key: z.string() })
      .parse(await call('/api/partners/hightouch/keys', {}))
    secrets = { partner_api_key: keys.partner_api_key, client_secret: keys.data_import_key }
    const { api_key: key } = z.object({ api_key: z.string() }).parse(await call('/api/rest-keys', {}))
    for (let from = 0; from < people; from += 75) {
      const attributes = Array.from({ length: 75 }, (_, n) => ({ external_id: `p-${from + n}` }))
      await call('/users/track', { attributes }, { authorization: `Bearer ${key}` })
    }
  })
  afterAll(() => muster.close())

  const call = async (path: string, body?: object, headers = {}): Promise<unknown> => {
    const response = await fetch(`${address}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    if (!response.ok) throw new Error(`${path} answered ${response.status} ${await response.text()}`)
    return response.json()
  }
  const deliver = (cohort: string, change: Logged): Promise<unknown> =>
    call('/partners/hightouch/cohorts/users', { ...secrets, cohort_id: cohort, cohort_changes: [change] })
  const membersOf = async (cohort: string): Promise<string[]> => {
    const page = Members.parse(await call(`/api/cohorts/hightouch/${cohort}/members?limit=500`))
    return page.members.map((one) => one.external_id ?? '').sort()
  }

  it('each twice or ten times, those of one kind in any order and at once, is the same cohort', async () => {
    const chance = chanceOf(seed)
    const some = (): string[] =>
      Array.from({ length: people }, (_, n) => `p-${n}`).filter(() => chance() < 0.3)
    // As a run sends them: all removals, then all additions, each id in one request.
    const runs = Array.from({ length: 4 }, () =>
      [true, false].map((remove) => {
        const all = some()
        return Array.from(
          { length: 3 },
          (_, part): Logged => ({
            user_ids: all.filter((_, n) => n % 3 === part),
            should_remove: remove,
          }),
        )
      }),
    )
    for (const requests of runs.flat()) {
      for (const one of requests) await deliver('once', one)
      const again = requests.flatMap((one) => Array.from({ length: chance() < 0.3 ? 10 : 2 }, () => one))
      again.sort(() => chance() - 0.5)
      await Promise.all(again.map((one) => deliver('again', one)))
      expect(await membersOf('again'), `seed ${seed}`).toEqual(await membersOf('once'))
    }
    const counted = z.object({ members: z.number() })
    const shown = async (cohort: string) =>
      counted.parse(await muster.ask('cohorts', 'show', cohort, '--partner', 'hightouch')).members
    expect(await shown('again')).toBe(await shown('once'))
    expect(await shown('again')).toBe((await membersOf('again')).length)
  })
})
