import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type MusterProcess, openMusterProcess } from '../e2e/muster-process.ts'

/** `MUSTER_TRIALS=200` for the long run. */
const trials = Number(process.env.MUSTER_TRIALS ?? 3)
const people = 1_500
const cohorts = 6
const idsPerRequest = 100

/** What one cohort must hold: what was acknowledged, and one request whose answer never came. */
interface Ledger {
  readonly cohortId: string
  readonly members: Set<string>
  pending: { readonly ids: readonly string[]; readonly remove: boolean } | null
  acknowledged: number
}

const Members = z.object({
  members: z.array(z.object({ external_id: z.string().nullable() })),
  next: z.string().nullable(),
})

describe('a server that is killed while it imports', () => {
  let muster: MusterProcess
  let secrets: object
  const ledgers: Ledger[] = Array.from({ length: cohorts }, (_, n) => ({
    cohortId: `killed-${n}`,
    members: new Set(),
    pending: null,
    acknowledged: 0,
  }))

  beforeAll(async () => {
    muster = await openMusterProcess()
    const { address, child } = await muster.serve()
    const keys = z
      .object({ partner_api_key: z.string(), data_import_key: z.string() })
      .parse(await json(address, '/api/partners/hightouch/keys', {}))
    secrets = { partner_api_key: keys.partner_api_key, client_secret: keys.data_import_key }
    const { api_key: key } = z
      .object({ api_key: z.string() })
      .parse(await json(address, '/api/rest-keys', {}))
    for (let from = 0; from < people; from += 75) {
      const attributes = Array.from({ length: 75 }, (_, n) => ({ external_id: `p-${from + n}` }))
      await json(address, '/users/track', { attributes }, { authorization: `Bearer ${key}` })
    }
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  afterAll(() => muster.close())

  it(
    `has lost nothing and made nothing up in ${trials} trials`,
    async () => {
      let lost = 0
      let phantom = 0
      let acknowledged = 0
      for (let trial = 0; trial < trials; trial++) {
        const { address, child } = await muster.serve()
        for (const ledger of ledgers) {
          const wrong = settle(ledger, await membersOf(address, ledger.cohortId))
          lost += wrong.lost
          phantom += wrong.phantom
        }
        const load = ledgers.map((ledger) => importUntilRefused(address, secrets, ledger))
        await new Promise((done) => setTimeout(done, 20 + Math.random() * 500))
        child.kill('SIGKILL')
        await Promise.all([...load, once(child, 'exit')])
        acknowledged = ledgers.reduce((sum, ledger) => sum + ledger.acknowledged, 0)
      }
      const { address } = await muster.serve()
      for (const ledger of ledgers) {
        const wrong = settle(ledger, await membersOf(address, ledger.cohortId))
        lost += wrong.lost
        phantom += wrong.phantom
      }
      process.stdout.write(
        `${trials} trials, ${acknowledged} acknowledged requests: ${lost} lost, ${phantom} phantom\n`,
      )
      expect(acknowledged).toBeGreaterThan(trials)
      expect({ lost, phantom }).toEqual({ lost: 0, phantom: 0 })
    },
    60_000 + trials * 10_000,
  )
})

async function json(address: string, path: string, body?: object, headers = {}): Promise<unknown> {
  const response = await fetch(`${address}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  if (!response.ok) throw new Error(`${path} answered ${response.status} ${await response.text()}`)
  return response.json()
}

/** Adds and removes random people until the server is gone; notes what it acknowledged. */
async function importUntilRefused(address: string, secrets: object, ledger: Ledger): Promise<void> {
  while (true) {
    const ids = Array.from({ length: idsPerRequest }, () => `p-${Math.floor(Math.random() * people)}`)
    ledger.pending = { ids, remove: Math.random() < 0.4 }
    const changes = [{ user_ids: ids, should_remove: ledger.pending.remove }]
    const body = { ...secrets, cohort_id: ledger.cohortId, cohort_changes: changes }
    try {
      await json(address, '/partners/hightouch/cohorts/users', body)
    } catch {
      return
    }
    apply(ledger.members, ledger.pending)
    ledger.pending = null
    ledger.acknowledged++
  }
}

function apply(members: Set<string>, { ids, remove }: NonNullable<Ledger['pending']>): void {
  for (const id of ids) {
    if (remove) members.delete(id)
    else members.add(id)
  }
}

/**
 * Compares a cohort with its ledger. The request without an answer may have been done whole or not at all; the ledger
 * goes on from whichever it was.
 */
function settle(ledger: Ledger, actual: ReadonlySet<string>): { lost: number; phantom: number } {
  const { pending } = ledger
  ledger.pending = null
  const before = difference(ledger.members, actual)
  if (before.lost + before.phantom === 0 || !pending) return before
  const after = new Set(ledger.members)
  apply(after, pending)
  const done = difference(after, actual)
  if (done.lost + done.phantom > 0) return before
  apply(ledger.members, pending)
  return done
}

function difference(expected: ReadonlySet<string>, actual: ReadonlySet<string>) {
  const without = (all: ReadonlySet<string>, other: ReadonlySet<string>): number =>
    [...all].filter((id) => !other.has(id)).length
  return { lost: without(expected, actual), phantom: without(actual, expected) }
}

async function membersOf(address: string, cohortId: string): Promise<Set<string>> {
  const members = new Set<string>()
  const path = `/api/cohorts/hightouch/${cohortId}/members?limit=500`
  for (let after = ''; ; ) {
    const response = await fetch(`${address}${path}${after}`)
    // A cohort that no request has reached yet.
    if (response.status === 404) return members
    const page = Members.parse(await response.json())
    for (const { external_id: id } of page.members) members.add(id ?? '')
    if (page.next === null) return members
    after = `&after=${encodeURIComponent(page.next)}`
  }
}
