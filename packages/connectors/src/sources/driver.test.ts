import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { loadDriver } from './driver.ts'

afterEach(() => vi.restoreAllMocks())

it('finds a driver beside Muster', async () => {
  expect(await loadDriver('pg')).toHaveProperty('default')
})

it('finds a driver in the directory that Muster was started from', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-driver-'))
  await mkdir(join(directory, 'node_modules/a-driver'), { recursive: true })
  await writeFile(join(directory, 'node_modules/a-driver/index.js'), 'exports.answer = 42\n')
  vi.spyOn(process, 'cwd').mockReturnValue(directory)
  expect(await loadDriver('a-driver')).toMatchObject({ default: { answer: 42 } })
  await rm(directory, { recursive: true })
})

it('says what to install where there is none', async () => {
  await expect(loadDriver('no-such-driver')).rejects.toMatchObject({
    kind: 'invalid',
    code: 'no_driver',
    hint: expect.stringContaining('npm install no-such-driver'),
  })
})

it('tells a driver that breaks while it loads from one that is not there', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'muster-driver-'))
  await mkdir(join(directory, 'node_modules/bad-driver'), { recursive: true })
  await writeFile(join(directory, 'node_modules/bad-driver/index.js'), "throw new Error('needs libsecret')\n")
  vi.spyOn(process, 'cwd').mockReturnValue(directory)
  await expect(loadDriver('bad-driver')).rejects.toThrow(/libsecret/)
  await rm(directory, { recursive: true })
})
