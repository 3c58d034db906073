import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isSettled } from '@muster/core/sync/run.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { brazeCohorts, type SyncHarness, startSyncHarness } from '../e2e/sync-harness.ts'
import { idsOf, selectPeople } from './people.ts'

const trials = Number(process.env.MUSTER_TRIALS ?? 3)
const program = join(import.meta.dirname, '../../packages/cli/bin/muster.js')
const batchIds = 1_000

describe('workers that share the runs of one PostgreSQL', () => {
  let half: SyncHarness
  const children = new Set<ChildProcess>()
  beforeEach(async () => {
    half = await startSyncHarness({ runsAtOnce: 0 })
    await writeFile(join(half.directory, 'muster.json'), JSON.stringify({ format: 1, instance: 'test' }))
    await mkdir(join(half.directory, 'sync'), { recursive: true })
    await half.sync.putSync({
      name: 'people',
      body: { ...(await half.sync.sync('people')).definition, guards: { max_removed: 1 } },
      dryRun: false,
    })
  })
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL')
    children.clear()
    await half.close()
  })

  const startWorker = async (): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [program, 'worker', '--json', '--data-dir', half.directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        MUSTER_DATABASE_URL: half.database.url,
        MUSTER_SECRET_KEY: half.secretKey.toString('hex'),
      },
    })
    children.add(child)
    await once(child.stdout ?? child, 'data')
    return child
  }
  const kill = async (child: ChildProcess): Promise<void> => {
    child.kill('SIGKILL')
    await once(child, 'exit')
    children.delete(child)
  }
  const people = (from: number, to: number): Promise<void> => half.warehouse(selectPeople(from, to))
  const settled = async (id: number) => {
    const until = Date.now() + 60_000
    let run = await half.sync.run(String(id), 0)
    while (!isSettled(run.status) && Date.now() < until) run = await half.sync.run(String(id), 2_000)
    return run
  }

  it.each([4, 1])(
    'lose nobody, add nobody and repeat no more than was in flight when any of them is killed at any moment: %i at once',
    async (concurrency) => {
      await half.sync.putDestination({
        name: 'braze',
        body: brazeCohorts(half.remote, { concurrency }),
        dryRun: false,
      })
      half.remote.delayMs = 20
      let workers = [await startWorker(), await startWorker()]
      let sent = 0
      let lost = 0
      let phantom = 0
      for (let trial = 0; trial < trials; trial++) {
        const [from, to] = [trial * 3_000, trial * 3_000 + 12_000]
        await people(from, to)
        const before = half.remote.seen.length
        const run = await half.sync.begin('people', true)
        await new Promise((done) => setTimeout(done, Math.random() * 1_200))
        const [first, second] = workers
        if (!first || !second) throw new Error('two workers are at work')
        await kill(trial % 2 === 0 ? first : second)
        workers = [trial % 2 === 0 ? second : first, await startWorker()]
        const end = await settled(run.id)
        expect(end.status).toBe('done')
        const desired = idsOf(from, to)
        const there = new Set(half.members())
        lost += [...desired].filter((id) => !there.has(id)).length
        phantom += [...there].filter((id) => !desired.has(id)).length
        const ofThis = half.remote.seen
          .slice(before)
          .reduce((sum, one) => sum + one.add.length + one.remove.length, 0)
        expect(ofThis).toBeLessThanOrEqual(end.sums.planned + concurrency * batchIds)
        sent += ofThis
      }
      process.stdout.write(
        `workers killed, ${concurrency} at once: ${trials} trials, ${sent} ids sent, ${lost} lost, ${phantom} phantom\n`,
      )
      expect({ lost, phantom }).toEqual({ lost: 0, phantom: 0 })
    },
    600_000,
  )

  it('refuse what one writes that was thought dead, stopped in the middle and woken when another has taken over', async () => {
    half.remote.delayMs = 40
    await people(0, 30_000)
    const sleeper = await startWorker()
    const run = await half.sync.begin('people', true)
    while (half.remote.seen.length < 4) await new Promise((done) => setTimeout(done, 5))
    sleeper.kill('SIGSTOP')
    await startWorker()
    while (half.remote.seen.length < 12) await new Promise((done) => setTimeout(done, 20))
    sleeper.kill('SIGCONT')
    expect(await settled(run.id)).toMatchObject({
      status: 'done',
      sums: { planned: 30_000, accepted: 30_000 },
    })
    expect(half.members()).toEqual([...idsOf(0, 30_000)].sort())
    const next = await half.sync.begin('people', true)
    expect(await settled(next.id)).toMatchObject({ status: 'done', plan: { verdict: 'empty' } })
  }, 120_000)

  it('hand their runs over at once when they are asked to end', async () => {
    half.remote.delayMs = 40
    await people(0, 30_000)
    const first = await startWorker()
    const run = await half.sync.begin('people', true)
    while (half.remote.seen.length < 4) await new Promise((done) => setTimeout(done, 5))
    await startWorker()
    first.kill('SIGTERM')
    await once(first, 'exit')
    expect(first.exitCode).toBe(0)
    expect(await settled(run.id)).toMatchObject({ status: 'done', sums: { accepted: 30_000 } })
    expect(half.members()).toEqual([...idsOf(0, 30_000)].sort())
  }, 120_000)
})
