import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { announceServer, findServer, openDataDirectory } from './data-directory.ts'

const options = { secretKey: null, patienceMs: 0 }

describe('a data directory', () => {
  let path: string
  beforeEach(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'muster-data-')), 'data')
  })
  afterEach(() => rm(join(path, '..'), { recursive: true, force: true }))

  it('keeps its instance and its secrets from one opening to the next', async () => {
    const first = await openDataDirectory(path, options)
    await first.release()
    const second = await openDataDirectory(path, options)
    expect(second.instance).toBe(first.instance)
    expect(second.secretKey).toEqual(first.secretKey)
    expect(second.secretKey).toHaveLength(32)
    expect(second.adminToken).toBe(first.adminToken)
  })

  it('lets nobody but its owner read its secrets', async () => {
    await openDataDirectory(path, options)
    for (const file of ['secret-key', 'admin-token']) {
      expect((await stat(join(path, file))).mode & 0o077).toBe(0)
    }
  })

  it('is held by one process at a time, which the refusal names', async () => {
    await openDataDirectory(path, options)
    await expect(openDataDirectory(path, options)).rejects.toMatchObject({
      code: 'data_directory_in_use',
      message: expect.stringContaining(String(process.pid)),
    })
  })

  it('is taken over from a process that is gone', async () => {
    const gone = spawnSync(process.execPath, ['-e', '']).pid
    await (await openDataDirectory(path, options)).release()
    await writeFile(join(path, 'lock'), JSON.stringify({ pid: gone, started: '1' }))
    await expect(openDataDirectory(path, options)).resolves.toBeDefined()
  })

  it('is taken over when the process number belongs to another program by now', async () => {
    await (await openDataDirectory(path, options)).release()
    await writeFile(join(path, 'lock'), JSON.stringify({ pid: process.pid, started: 'another time' }))
    await expect(openDataDirectory(path, options)).resolves.toBeDefined()
  })

  it('is made with all that leads to it, and refused at once where nothing can be made', async () => {
    const deep = join(path, 'a', 'b')
    await (await openDataDirectory(deep, options)).release()
    const impossible = ['/proc/none/data', join(deep, 'muster.json', 'data'), join(deep, 'muster.json')]
    for (const other of impossible) {
      await expect(openDataDirectory(other, options)).rejects.toMatchObject({ code: 'data_directory' })
    }
  })

  it('of a newer Muster is refused and left as it is', async () => {
    await (await openDataDirectory(path, options)).release()
    const newer = JSON.stringify({ format: 999, instance: 'x' })
    await writeFile(join(path, 'muster.json'), newer)
    await expect(openDataDirectory(path, options)).rejects.toMatchObject({ code: 'newer_data' })
    expect(await readFile(join(path, 'muster.json'), 'utf8')).toBe(newer)
  })

  it('tells where its server is, as long as that runs', async () => {
    await openDataDirectory(path, options)
    expect(await findServer(path)).toBeNull()
    await announceServer(path, 'http://127.0.0.1:4400')
    expect(await findServer(path)).toBe('http://127.0.0.1:4400')
    await writeFile(
      join(path, 'server.json'),
      JSON.stringify({ pid: 1, started: 'never', address: 'http://x' }),
    )
    expect(await findServer(path)).toBeNull()
  })
})
