import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DbtRunResults } from '@muster/core/sync/dbt-results.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type MusterProcess, openMusterProcess } from './muster-process.ts'
import { definitions, type SyncHarness, startSyncHarness } from './sync-harness.ts'

const minute = 60_000

/** What dbt writes at the end of a job. */
function artefact(
  results: Readonly<Record<string, string>>,
  at: number,
  id: string = randomUUID(),
): DbtRunResults {
  return {
    metadata: {
      dbt_schema_version: 'https://schemas.getdbt.com/dbt/run-results/v6.json',
      generated_at: new Date(at).toISOString().replace('Z', '456Z'),
      invocation_id: id,
    },
    args: { which: 'build' },
    results: Object.entries(results).map(([unique_id, status]) => ({ unique_id, status })),
  }
}

describe('a sync that waits for dbt jobs', () => {
  let harness: SyncHarness
  let path: string
  let now = Date.UTC(2026, 10, 24, 6)
  const others: { close(): Promise<void> }[] = []
  beforeEach(async () => {
    harness = await startSyncHarness({ clock: () => now })
    path = join(harness.directory, 'target', 'run_results.json')
    await mkdir(dirname(path))
    await harness.customers([{ id: 1, external_id: 'a', crm: null, device: null }])
  })
  afterEach(async () => {
    await Promise.all(others.splice(0).map((one) => one.close()))
    await harness.close()
  })

  const define = (dbt: object) =>
    harness.sync.putSync({ name: 'people', body: { ...definitions.sync, schedule: { dbt } }, dryRun: false })
  const write = (results: DbtRunResults): Promise<void> => writeFile(path, JSON.stringify(results))
  const doneRuns = async (): Promise<number> =>
    (await harness.sync.runs({ sync: 'people', limit: 50 })).filter(({ status }) => status === 'done').length
  const allRuns = async (): Promise<number> => (await harness.sync.runs({ sync: 'people', limit: 50 })).length
  const settles = (runs: number) => expect.poll(doneRuns, { timeout: 15_000, interval: 100 }).toBe(runs)
  const hears = (verdict: string) =>
    expect
      .poll(async () => (await harness.sync.sync('people')).dbt?.job?.verdict, { timeout: 15_000 })
      .toBe(verdict)
  const good = { 'model.shop.people': 'success' }
  const later = (): number => {
    now += minute
    return now
  }

  it('runs once for each job whose artefact appears, and says what it heard', async () => {
    await write(artefact(good, now - minute))
    await define({ run_results: path, models: ['people'] })
    harness.sync.start()
    await write(artefact(good, later()))
    await settles(1)
    expect(await harness.sync.sync('people')).toMatchObject({
      dbt: { job: { verdict: 'begins', message: 'dbt build built people', run_id: 1 }, problem: null },
    })
    await write(artefact({ 'model.shop.people': 'error' }, later()))
    await hears('failed')
    await write(artefact({ 'model.shop.other': 'success' }, later()))
    await write(artefact(good, later()))
    await settles(2)
    expect(await allRuns()).toBe(2)
  })

  it('begins nothing for a job that ended before it waited for one, or for what dbt compile writes', async () => {
    await write(artefact(good, now - minute))
    await define({ run_results: path })
    harness.sync.start()
    await expect.poll(async () => (await harness.sync.sync('people')).dbt?.job).toBe(null)
    await write({ ...artefact(good, later()), args: { which: 'compile' } })
    await hears('elsewhere')
    expect(await allRuns()).toBe(0)
  })

  it('reads an artefact again that dbt had not written to its end', async () => {
    await define({ run_results: path })
    harness.sync.start()
    const problem = () => harness.sync.sync('people').then(({ dbt }) => dbt?.problem)
    await expect.poll(problem, { timeout: 10_000 }).toBe(`there is no file ${path} on this machine`)
    const text = JSON.stringify(artefact(good, later()))
    await writeFile(path, text.slice(0, -20))
    await expect.poll(problem, { timeout: 10_000 }).toBe(`${path}: it is not whole`)
    await writeFile(path, text)
    await settles(1)
    expect(await problem()).toBe(null)
    await writeFile(path, '{"metadata": {"secret": "hunter2"}}')
    await expect.poll(problem, { timeout: 10_000 }).toBe(`${path}: this is no run_results.json of dbt`)
  })

  it('begins one run for a job, however many servers see it and are told of it', async () => {
    await define({ run_results: path })
    const servers = [harness.sync, harness.open(), harness.open()]
    others.push(...servers.slice(1))
    for (const server of servers) server.start()
    for (let job = 1; job <= 5; job++) {
      const results = artefact(good, later())
      await write(results)
      await Promise.all(servers.map((server) => server.dbtFinished(results)))
      await settles(job)
    }
    await Promise.all(servers.map((server) => server.dbtFinished(artefact(good, now - minute, 'late'))))
    await settles(6)
    expect(await allRuns()).toBe(6)
  })

  it('that is told twice of one job answers with the run that it began', async () => {
    await define({ models: ['people'] })
    const results = artefact(good, later())
    const [first] = await harness.sync.dbtFinished(results)
    expect(first).toMatchObject({ sync: 'people', job: { verdict: 'begins', run_id: expect.any(Number) } })
    expect(await harness.sync.dbtFinished(results)).toEqual([first])
    const failed = artefact({ 'model.shop.people': 'skipped' }, later())
    expect(await harness.sync.dbtFinished(failed)).toMatchObject([
      { job: { verdict: 'failed', message: 'in dbt build, people ended with skipped', run_id: null } },
    ])
    expect(await harness.sync.dbtFinished(artefact(good, now - 3 * minute))).toEqual([
      { sync: 'people', job: null },
    ])
    await expect(
      harness.sync.dbtFinished({ ...results, metadata: { ...results.metadata, generated_at: 'soon' } }),
    ).rejects.toMatchObject({ code: 'bad_run_results' })
    await settles(1)
  })

  it('that is paused runs once when it is resumed, for all jobs of meanwhile', async () => {
    await define({ run_results: path })
    await harness.sync.pause('people', true)
    harness.sync.start()
    await harness.sync.dbtFinished(artefact(good, later()))
    await write(artefact(good, later()))
    await hears('begins')
    expect(await allRuns()).toBe(0)
    await harness.sync.pause('people', false)
    await settles(1)
    expect(await allRuns()).toBe(1)
  })

  it('runs for a job that ends while another kind of run waits, after that one', async () => {
    await define({})
    await harness.sync.pause('people', true)
    await harness.database.owner.rows({
      strings: [
        `insert into sync.run (sync_id, kind, status, applies, message, started_at)
         select id, 'full_resync', 'queued', true, 'waits for its turn', now() from sync.sync`,
      ],
      parts: [],
    })
    await harness.sync.pause('people', false)
    expect(await harness.sync.dbtFinished(artefact(good, later()))).toMatchObject([
      { job: { verdict: 'begins', run_id: null } },
    ])
    harness.sync.start()
    await settles(2)
  })

  it('needs a whole path: a server has no project', async () => {
    await expect(define({ run_results: 'target/run_results.json' })).rejects.toMatchObject({
      code: 'relative_path',
      details: [{ where: 'schedule.dbt.run_results' }],
    })
  })
})

describe('muster dbt-finished', () => {
  let muster: MusterProcess
  let project: string
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(project, path)), { recursive: true })
    await writeFile(join(project, path), text)
  }
  const manifest = {
    metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/manifest/v12.json' },
    nodes: {
      'model.shop.people': {
        resource_type: 'model',
        name: 'people',
        package_name: 'shop',
        relation_name: '"rows"',
      },
      'test.shop.unique_people_id.1': { resource_type: 'test', attached_node: 'model.shop.people' },
    },
  }
  const syncFile = 'syncs/people.yaml'

  beforeAll(async () => {
    muster = await openMusterProcess()
    project = join(dirname(muster.directory), 'project')
    await write('muster.yaml', 'version: 1\n')
    await write('people.csv', 'id\nada\n')
    await write('sources/files.yaml', 'type: csv\nconfig: { path: people.csv }\n')
    await write(
      'models/people.yaml',
      'source: files\nkey: id\ndbt: { manifest: target/manifest.json, model: people }\n',
    )
    await write('target/manifest.json', JSON.stringify(manifest))
    await write('destinations/out.yaml', 'type: file\nconfig: { path: out }\n')
    await write(
      syncFile,
      'model: people\ndestination: out\nidentifiers:\n  - external_id: id\ncohort: { create: People }\nschedule: { dbt: { run_results: target/run_results.json } }\n',
    )
    await mkdir(join(project, 'out'))
    await muster.serve()
  })
  afterAll(() => muster.close())

  it('runs what waits for the job, and shows why something does not run', async () => {
    const { changes } = await muster.ask('deploy', '--project', project)
    expect(changes).toContainEqual({ kind: 'sync', name: 'people', change: 'create' })
    const { files } = await muster.ask('export', '--project', project, '--dry-run')
    expect(JSON.stringify(files)).not.toMatch(/"(update|create)"/)

    // Brought from elsewhere, not yet where the server looks for it.
    const built = { 'model.shop.people': 'success', 'test.shop.unique_people_id.1': 'pass' }
    await write('ci/run_results.json', JSON.stringify(artefact(built, Date.now() + minute)))
    const told = await muster.run('dbt-finished', join(project, 'ci/run_results.json'))
    expect(told).toMatchObject({ code: 0, error: '' })
    expect(told.out).toMatch(/people: dbt build built people: run 1\.\npeople: done\. \+1/)

    const failed = { ...built, 'test.shop.unique_people_id.1': 'fail' }
    await write('ci/run_results.json', JSON.stringify(artefact(failed, Date.now() + 2 * minute)))
    expect(await muster.ask('dbt-finished', join(project, 'ci/run_results.json'))).toMatchObject({
      syncs: [{ sync: 'people', verdict: 'failed', run: null }],
      runs: [],
    })
    await expect
      .poll(async () => (await muster.run('syncs')).out, { timeout: 10_000 })
      .toMatch(/people +1 +1 done .*dbt: there is no file .*run_results/)
    await write('target/run_results.json', JSON.stringify(artefact(failed, Date.now() + 3 * minute)))
    await expect
      .poll(async () => (await muster.run('syncs')).out, { timeout: 10_000 })
      .toContain('dbt: in dbt build, unique_people_id ended with fail; no run was begun')
  })

  it('refuses what is none', async () => {
    await write('ci/run_results.json', '{')
    const { code, error } = await muster.run('dbt-finished', join(project, 'ci/run_results.json'))
    expect([code, error]).toEqual([1, expect.stringContaining('no run_results.json of dbt')])
    expect((await muster.run('dbt-finished', 'none.json')).error).toContain(
      'The file none.json cannot be read',
    )
  })
})
