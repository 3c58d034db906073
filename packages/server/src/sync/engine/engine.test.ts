import { mkdir, mkdtemp, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Accepted,
  type DiffOptions,
  diff,
  type Changes as PlainChanges,
  syncModes,
} from '@muster/core/sync/diff.ts'
import { syncEngines } from '@muster/core/sync/engine.ts'
import { type Identifier, type IdentifierColumn, identifierKey } from '@muster/core/sync/identifier.ts'
import { identifyRow, type Member, membersOf } from '@muster/core/sync/member.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ChangedRead, readChanged } from '../read-changed.ts'
import { compareRows } from './compare-rows.ts'
import { diffBuckets } from './diff-buckets.ts'
import { inJob, type Job, marked, parquet, unmarked } from './duckdb-job.ts'
import { foldState } from './fold-state.ts'
import { layState } from './lay-state.ts'
import { readChanges } from './read-changes.ts'
import { splitRows } from './split-rows.ts'
import type { State } from './state.ts'

const identifiers: readonly IdentifierColumn[] = [
  { external_id: 'customer_id' },
  { alias: { label: 'crm', name: 'crm "id"' } },
  { device_id: 'device' },
]
const columns = ['customer_id', 'crm "id"', 'device'] as const
const model = { key: 'key', identifiers }

interface TestRow {
  readonly key: string
  readonly values: readonly (string | null)[]
}

/** Few values, so that rows meet; and the ones that engines treat differently. */
const value = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'a',
      'b',
      'A',
      'c',
      '007',
      '7',
      'é',
      'e\u0301',
      'a ',
      ' a',
      '\u00a0',
      '🙂',
      '\ufeffa',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      null,
      '',
      ' ',
      '   ',
      '\u3000',
      'x\u0000y',
      'tab\t',
      'del\u007f',
      '\u0085',
      "'",
      '"',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('x'.repeat(987), 'x'.repeat(988), 'é'.repeat(493), 'é'.repeat(494)),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
)
const rows = (keys: fc.Arbitrary<string>): fc.Arbitrary<TestRow[]> =>
  fc.array(fc.record({ key: keys, values: fc.tuple(value, value, value) }), { maxLength: 25 })
const rowKey = fc.constantFrom('1', '2', '3', '4', '5', '6', '\uffee', '🙂', '\ufeff1')

describe('the local engine', () => {
  let directory: string
  let folders = 0
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-engine-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  const folder = async (): Promise<string> => {
    const name = `f${folders++}`
    await mkdir(join(directory, name))
    return name
  }
  const job = <T>(work: (job: Job) => Promise<T>): Promise<T> =>
    inJob({ directory, signal: new AbortController().signal }, work)

  const load = async (on: Job, given: readonly TestRow[]): Promise<void> => {
    const names = ['key', ...columns].map((name) => `"${name.replaceAll('"', '""')}"`)
    await on.run(`create or replace temp table given (${names.map((n) => `${n} varchar`).join(', ')})`)
    for (const row of given)
      await on.run('insert into given values ($1, $2, $3, $4)', [row.key, ...row.values])
  }

  const read = async (on: Job, given: readonly TestRow[], bits: number) => {
    const path = join(directory, await folder(), 'rows.parquet')
    await load(on, given)
    await on.run(`copy given to '${path}' (format parquet)`)
    return splitRows(
      on,
      { format: 'parquet', paths: [path], rows: given.length },
      { model, bits, directory: join(directory, await folder()) },
    )
  }

  const membersIn = async (on: Job, state: State): Promise<Accepted[]> => {
    const found = await on.rows<{ namespace: string; value: string; row_key: string; sure: boolean }>(
      `select namespace, ${marked('value')}, ${marked('row_key')}, sure from ${parquet(
        state.files.map((part) => join(directory, part.file)),
        `'' as namespace, '' as value, '' as row_key, true as sure`,
      )} as member`,
    )
    return found.map(({ namespace, value: v, row_key, sure }) => ({
      identifier: plain(namespace, unmarked(v)),
      rowKey: unmarked(row_key),
      ...(sure ? {} : { uncertain: true }),
    }))
  }

  const planned = async (
    on: Job,
    given: readonly TestRow[],
    state: State | null,
    bits: number,
    options: DiffOptions = {},
  ) => {
    const split = await read(on, given, bits)
    const into = { directory, folder: await folder() }
    const laid = await layState(on, { state, bits, ...into })
    const made = await diffBuckets({ job: on, split, mode: 'mirror', ...options, state: laid, ...into })
    if (laid !== state) return shown(on, { ...made, changes: { ...made.changes, base: laid } })
    return shown(on, made)
  }

  /** The source, of which only what is asked for is fetched. */
  const comparedByChecksums = async (
    on: Job,
    given: readonly TestRow[],
    state: State | null,
    { mode = 'mirror', assertsAll = false }: DiffOptions = {},
  ) => {
    await load(on, given)
    const list = (names: readonly string[]): string =>
      names
        .map((name) => `"${name.replaceAll('"', '""')}"`)
        .map((n) => `${n}::varchar as ${n}`)
        .join(', ')
    const source: ChangedRead['source'] = {
      selectText: async (sql, names) => `select ${list(names)} from (${sql})`,
      extract: async (sql, names, into) => {
        const path = join(into, 'rows.parquet')
        await on.run(`copy (select ${list(names)} from (${sql})) to '${path}' (format parquet)`)
        const [count] = await on.rows<{ rows: bigint }>(`select count(*) as rows from '${path}'`)
        return { format: 'parquet', paths: [path], rows: Number(count?.rows) }
      },
    }
    const scratch = join(directory, await folder())
    await mkdir(join(scratch, 'rows'))
    const read = { sql: 'from given', columns: ['key', ...columns], dialect: 'duckdb', source } as const
    const signal = new AbortController().signal
    const sync: ChangedRead['sync'] = {
      definition: { engine: 'checksums', identifiers: [...identifiers], mode },
      state,
    }
    const changed = await readChanged({ ...read, sync, model, assertsAll, directory, scratch, signal })
    const rows = changed ?? (await source.extract(read.sql, read.columns, join(scratch, 'rows'), signal))
    const compared = { rows, model, engine: 'checksums', mode, assertsAll, state } as const
    return shown(
      on,
      await job((other) =>
        compareRows(other, { ...compared, directory, folder: scratch.slice(directory.length + 1), scratch }),
      ),
    )
  }

  const shown = async (on: Job, { counts, changes }: Awaited<ReturnType<typeof diffBuckets>>) => {
    const take = async (operation: 'add' | 'remove', to: number) =>
      (await readChanges(on, changes, { operation, from: 0, to, directory })).map(
        ({ identifier, rowKey: key }) => ({
          identifier,
          rowKey: key,
        }),
      )
    return { counts, changes, added: await take('add', 1_000), removed: await take('remove', 1_000) }
  }

  it('identifies and counts as core does', async () => {
    await job((on) =>
      fc.assert(
        fc.asyncProperty(rows(rowKey), fc.constantFrom(0, 2), async (given, bits) => {
          const { counts, added } = await planned(on, given, null, bits)
          const reference = membersOf(given.map(asReference), identifiers)
          expect(counts.rows).toEqual(reference.accounting)
          expect(sorted(added)).toEqual(sorted(reference.members))
          expect(counts.removed).toBe(0)
        }),
        { numRuns: 60 },
      ),
    )
  })

  it('diffs and folds as core does, by either engine, whatever was accepted of the run before', async () => {
    const runs = fc.array(
      fc.record({
        rows: rows(rowKey),
        options: fc.record({
          mode: fc.constantFrom(...syncModes),
          assertsAll: fc.boolean(),
          engine: fc.constantFrom(...syncEngines),
        }),
        fates: fc.array(fc.constantFrom('accepted', 'uncertain', 'rejected', 'unsent')),
      }),
      { minLength: 2, maxLength: 4 },
    )
    await job((on) =>
      fc.assert(
        fc.asyncProperty(runs, async (given) => {
          let state: State | null = null
          let known: Accepted[] = []
          for (const [index, run] of given.entries()) {
            const bits = Math.min(2, index)
            const plan =
              run.options.engine === 'checksums'
                ? await comparedByChecksums(on, run.rows, state, run.options)
                : await planned(on, run.rows, state, bits, run.options)
            const reference = referencePlan(known, run.rows, run.options)
            expect(sorted(plan.removed)).toEqual(sorted(reference.removed.map(withoutDoubt)))
            expect(sorted(plan.added)).toEqual(sorted(reference.added))
            const unsure = known.filter((m) => m.uncertain).length
            expect(plan.counts.accepted ?? 0).toBe(known.length - unsure)
            expect(plan.counts.unsure ?? 0).toBe(unsure)
            expect(plan.counts).toMatchObject({
              removed: reference.removed.length,
              added: reference.added.length,
              unchanged: reference.unchanged,
              reasserted: reference.reasserted,
              rows: membersOf(run.rows.map(asReference), identifiers).accounting,
            })
            const changes = [
              // Of a sync that takes people out, the state is who was taken out.
              ...plan.removed.map((m) => ({ remove: run.options.mode !== 'remove_only', ...m })),
              ...plan.added.map((m) => ({ remove: false, ...m })),
            ]
            const fateOf = (n: number): Fate => run.fates[n % Math.max(1, run.fates.length)] ?? 'accepted'
            state = await foldState({
              job: on,
              state: plan.changes.base === undefined ? state : plan.changes.base,
              changes: plan.changes,
              removed: plan.counts.removed,
              accepted: rangesOf(changes.length, (n) => fateOf(n) === 'accepted'),
              uncertain: rangesOf(changes.length, (n) => fateOf(n) === 'uncertain'),
              directory,
              folder: await folder(),
              name: `v${index}`,
            })
            known = referenceFold(
              known,
              changes.map((change, n) => ({ ...change, fate: fateOf(n) })),
              reference,
            )
            const folded = await membersIn(on, state)
            expect(sorted(folded)).toEqual(sorted(known))
            expect(state.members).toBe(known.filter((m) => m.uncertain !== true).length)
          }
        }),
        { numRuns: 40 },
      ),
    )
  })

  it('refuses a state whose file is missing, cut or swapped', async () => {
    await job(async (on) => {
      const plan = await planned(on, [{ key: '1', values: ['a', null, null] }], null, 0)
      const state = await foldState({
        job: on,
        state: null,
        changes: plan.changes,
        removed: 0,
        accepted: [{ from: 0, to: 1 }],
        uncertain: [],
        directory,
        folder: await folder(),
        name: 'v1',
      })
      const damaged: State[] = [
        { ...state, files: state.files.map((part) => ({ ...part, file: `${part.file}.gone` })) },
        { ...state, files: state.files.map((part) => ({ ...part, rows: 7 })) },
      ]
      for (const other of damaged) {
        await expect(planned(on, [], other, 0)).rejects.toMatchObject({ code: 'files_damaged' })
      }
      await truncate(join(directory, state.files[0]?.file ?? ''), 40)
      await expect(planned(on, [], state, 0)).rejects.toMatchObject({ code: 'files_damaged' })
    })
  })
})

type Fate = 'accepted' | 'uncertain' | 'rejected' | 'unsent'

function asReference(row: TestRow) {
  return { rowKey: row.key, row: Object.fromEntries(columns.map((name, index) => [name, row.values[index]])) }
}

function referencePlan(
  known: readonly Accepted[],
  given: readonly TestRow[],
  options: DiffOptions,
): PlainChanges {
  const desired = membersOf(given.map(asReference), identifiers).members
  const named = given.map(asReference).flatMap(({ row, rowKey: key }): Member[] => {
    const fate = identifyRow(row, identifiers)
    return fate.kind === 'identified' ? [{ identifier: fate.identifier, rowKey: key }] : []
  })
  return diff(known, desired, named, options)
}

/** The fold by hand: one change after the other. */
function referenceFold(
  known: readonly Accepted[],
  changes: readonly (Member & { remove: boolean; fate: Fate })[],
  { moved, forgotten }: Pick<PlainChanges, 'moved' | 'forgotten'>,
): Accepted[] {
  const state = new Map(known.map((m) => [identifierKey(m.identifier), m]))
  for (const { identifier, rowKey: key } of moved) {
    const before = state.get(identifierKey(identifier))
    if (before) state.set(identifierKey(identifier), { ...before, rowKey: key })
  }
  for (const { identifier } of forgotten) state.delete(identifierKey(identifier))
  for (const { identifier, rowKey: key, remove, fate } of changes) {
    const id = identifierKey(identifier)
    const before = state.get(id)
    if (fate === 'accepted' && remove) state.delete(id)
    else if (fate === 'accepted') state.set(id, { identifier, rowKey: key })
    else if (before && (!remove || fate === 'uncertain')) state.set(id, { ...before, uncertain: true })
    else if (!before && fate === 'uncertain') state.set(id, { identifier, rowKey: key, uncertain: true })
  }
  return [...state.values()]
}

function rangesOf(count: number, holds: (n: number) => boolean): { from: number; to: number }[] {
  return Array.from({ length: count }, (_, n) => n)
    .filter(holds)
    .map((n) => ({ from: n, to: n + 1 }))
}

function plain(namespace: string, v: string): Identifier {
  return namespace.startsWith('alias:')
    ? { kind: 'alias', label: namespace.slice(6), name: v }
    : { kind: namespace === 'device_id' ? 'device_id' : 'external_id', value: v }
}

function withoutDoubt({ identifier, rowKey: key }: Accepted): Member {
  return { identifier, rowKey: key }
}

function sorted(members: readonly Accepted[]): string[] {
  return members
    .map((m) => JSON.stringify([identifierKey(m.identifier), m.rowKey, m.uncertain === true]))
    .sort()
}
