import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeFolder } from './make-folder.ts'

describe('a folder that somebody names', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-folder-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  it('is made with those above it, and left as it is where it is there', async () => {
    const path = join(directory, 'a', 'b')
    await makeFolder(path)
    await makeFolder(path)
    expect((await stat(path)).isDirectory()).toBe(true)
  })

  it('is refused in words where it cannot be, below /proc as below a file', async () => {
    const file = join(directory, 'file')
    await writeFile(file, '')
    for (const path of ['/proc/none/project', join(file, 'project'), file])
      await expect(makeFolder(path)).rejects.toMatchObject({
        code: 'folder',
        message: expect.stringContaining(`${path} cannot be made`),
      })
  })
})
