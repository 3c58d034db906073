import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Accepted } from '@muster/core/sync/diff.ts'
import { fromPlain, type Identifier, identifierKey, toPlain } from '@muster/core/sync/identifier.ts'
import { reconcile } from '@muster/core/sync/reconcile.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { inJob, type Job, parquet } from './duckdb-job.ts'
import { knownState, writeFarMembers } from './far-members.ts'
import { writePart } from './part-file.ts'
import { splitIdentified } from './split-rows.ts'
import type { State } from './state.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-far-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const namespaces = ['alias:crm', 'external_id']
const identifier: fc.Arbitrary<Identifier> = fc.oneof(
  fc.constantFrom('a', 'b', 'c', "d'", 'e"').map((value): Identifier => ({ kind: 'external_id', value })),
  fc.constantFrom('a', 'b', '1').map((name): Identifier => ({ kind: 'alias', label: 'crm', name })),
  fc.constantFrom('a', 'x').map((value): Identifier => ({ kind: 'device_id', value })),
)
const some = fc.uniqueArray(identifier, { selector: identifierKey, maxLength: 6 })
/** At the far end an identifier is one person's. */
const people = fc
  .tuple(
    fc.uniqueArray(identifier, { selector: identifierKey, maxLength: 8 }),
    fc.array(fc.nat(3), { minLength: 8, maxLength: 8 }),
  )
  .map(([all, owner]) =>
    [0, 1, 2, 3]
      .map((person) => ({ identifiers: all.filter((_, n) => owner[n] === person) }))
      .filter((one) => one.identifiers.length > 0),
  )

it('takes as accepted what core says of the same far end', async () => {
  let folders = 0
  await inJob({ directory, signal: new AbortController().signal }, (job) =>
    fc.assert(
      fc.asyncProperty(some, some, people, fc.boolean(), async (accepted, desired, far, isLost) => {
        const folder = `f${folders++}`
        await mkdir(join(directory, folder))
        const known: Accepted[] = isLost ? [] : accepted.map((one) => ({ identifier: one, rowKey: 'k' }))
        const state = isLost ? null : await stateOf(job, accepted, folder)
        const rows = await rowsOf(job, desired, folder)
        const split = await splitIdentified(job, [rows], {
          bits: 1,
          directory: join(directory, folder, 'split'),
        })
        async function* pages() {
          for (const one of far) yield [one]
        }
        const files = await writeFarMembers(pages(), join(directory, folder))
        const found = await knownState(job, { far: files, split, state, namespaces, directory, folder })
        const read = await job.rows<{ namespace: string; value: string; row_key: string; sure: boolean }>(
          `from ${parquet(
            found.files.filter((part) => part.rows > 0).map((part) => join(directory, part.file)),
            "'' as namespace, '' as value, '' as row_key, true as sure",
          )}`,
        )
        const told = (one: Accepted): string =>
          JSON.stringify([identifierKey(one.identifier), one.rowKey, one.uncertain === true])
        const engine = read.map(({ row_key, sure, ...plain }) =>
          told({ identifier: fromPlain(plain), rowKey: row_key, uncertain: !sure }),
        )
        const desiredMembers = desired.map((one) => ({ identifier: one, rowKey: 'k' }))
        expect(engine.sort()).toEqual(reconcile(known, desiredMembers, far, namespaces).map(told).sort())
        expect(found.members).toBe(read.filter(({ sure }) => sure).length)
      }),
      { numRuns: 60 },
    ),
  )
})

async function load(job: Job, identifiers: readonly Identifier[]): Promise<void> {
  await job.run('create or replace temp table given (namespace varchar, value varchar)')
  for (const one of identifiers) {
    const { namespace, value } = toPlain(one)
    await job.run('insert into given values ($1, $2)', [namespace, value])
  }
}

async function stateOf(job: Job, identifiers: readonly Identifier[], folder: string): Promise<State> {
  await load(job, identifiers)
  const query = `select namespace, value, 0::usmallint as hash, 'k' as row_key, true as sure from given`
  const part = await writePart(job, { directory, file: `${folder}/state.parquet`, query })
  return { bits: 0, members: identifiers.length, files: [{ ...part, sure: identifiers.length }] }
}

async function rowsOf(job: Job, identifiers: readonly Identifier[], folder: string) {
  await load(job, identifiers)
  const path = join(directory, folder, 'rows.parquet')
  await job.run(`copy (select namespace, value, 'k' as row_key from given) to '${path}' (format parquet)`)
  return { format: 'parquet', paths: [path], rows: identifiers.length } as const
}
