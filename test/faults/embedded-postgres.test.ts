import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '@muster/server/db/database.ts'
import {
  clusterOf,
  removeEmbeddedPostgres,
  startEmbeddedPostgres,
} from '@muster/server/db/embedded-postgres.ts'
import { sql } from '@muster/server/db/sql.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

describe('the embedded PostgreSQL', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-pg-'))
    await chmod(directory, 0o711)
  })
  afterEach(async () => {
    await removeEmbeddedPostgres(directory)
    await rm(directory, { recursive: true, force: true })
  })

  it('leaves no process behind after a clean stop', async () => {
    const child = await startChild(directory)
    const postmaster = await postmasterOf(directory)
    expect(isRunning(postmaster)).toBe(true)
    child.process.kill('SIGTERM')
    await once(child.process, 'exit')
    expect(isRunning(postmaster)).toBe(false)
  })

  it('is taken over, with what was committed, after Muster was killed', async () => {
    const child = await startChild(directory)
    const first = openDatabase({ url: child.url })
    await first.rows(sql`create table kept (n int)`)
    await first.rows(sql`insert into kept values (42)`)
    await first.close()
    const postmaster = await postmasterOf(directory)
    child.process.kill('SIGKILL')
    await once(child.process, 'exit')
    expect(isRunning(postmaster)).toBe(true)

    const again = await startEmbeddedPostgres(directory)
    const second = openDatabase({ url: again.url })
    expect(await second.rows(sql`select n from kept`)).toEqual([{ n: 42 }])
    await second.close()
    await again.stop()
    expect(isRunning(postmaster)).toBe(false)
  })

  it('starts anew after both Muster and PostgreSQL were killed', async () => {
    const child = await startChild(directory)
    const postmaster = await postmasterOf(directory)
    child.process.kill('SIGKILL')
    process.kill(postmaster, 'SIGKILL')
    await once(child.process, 'exit')
    const again = await startEmbeddedPostgres(directory)
    const database = openDatabase({ url: again.url })
    expect(await database.rows(sql`select 1 as one`)).toEqual([{ one: 1 }])
    await database.close()
    await again.stop()
  })

  it('begins again when it was killed while its cluster was being made', async () => {
    await mkdir(join(directory, 'postgres.new'), { recursive: true })
    const postgres = await startEmbeddedPostgres(directory)
    await postgres.stop()
    expect(existsSync(join(directory, 'postgres.new'))).toBe(false)
  })

  it('starts below a folder that only its owner may enter', async () => {
    const home = join(directory, 'home')
    await mkdir(join(home, 'data'), { recursive: true })
    await chmod(home, 0o700)
    const postgres = await startEmbeddedPostgres(join(home, 'data'))
    const database = openDatabase({ url: postgres.url })
    expect(await database.rows(sql`select 1 as one`)).toEqual([{ one: 1 }])
    await database.close()
    await postgres.stop()
    expect((await clusterOf(join(home, 'data'))).startsWith(home)).toBe(process.getuid?.() !== 0)
    await removeEmbeddedPostgres(join(home, 'data'))
  })

  it('keeps its password in a file that only its owner may read', async () => {
    const postgres = await startEmbeddedPostgres(directory)
    await postgres.stop()
    expect(statSync(join(directory, 'postgres.json')).mode & 0o077).toBe(0)
  })
})

async function startChild(directory: string): Promise<{ process: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'start-postgres.ts'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(child.stdout, 'data')
  return { process: child, url: String(line).trim() }
}

async function postmasterOf(directory: string): Promise<number> {
  return Number.parseInt(await readFile(join(await clusterOf(directory), 'postmaster.pid'), 'utf8'), 10)
}

/** A process that has ended and waits for its parent to notice counts as gone. */
function isRunning(pid: number): boolean {
  try {
    return !/^\S+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
