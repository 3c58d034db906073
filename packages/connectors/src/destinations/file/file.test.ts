import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isObject } from '@muster/core/lib/json.ts'
import { formatIdentifier, fromPlain } from '@muster/core/sync/identifier.ts'
import { describe, expect, it } from 'vitest'
import { destinationContract, type FarEnd } from '../../conformance/destination.ts'
import { createDestinationIo } from '../../http/http-io.ts'
import { destination } from './index.ts'

interface Directory extends FarEnd {
  readonly path: string
}

const io = createDestinationIo()
const signal = new AbortController().signal

destinationContract<Directory>({
  destination,
  io,
  start: async () => {
    const path = await mkdtemp(join(tmpdir(), 'muster-file-'))
    const folder = join(path, 'cohort-c1')
    return {
      path,
      members: () => membersOf(folder),
      name: () => {
        const said: unknown = JSON.parse(readFileSync(join(folder, 'cohort.json'), 'utf8'))
        return isObject(said) ? String(said.name) : null
      },
      clear: () => rmSync(folder, { recursive: true, force: true }),
      close: () => rm(path, { recursive: true, force: true }),
    }
  },
  config: ({ path }) => ({ path }),
})

/** The files applied in the order of their names. */
function membersOf(folder: string): string[] {
  const members = new Set<string>()
  for (const name of namesIn(folder)) {
    if (!name.endsWith('.csv')) continue
    for (const [operation, namespace, value] of parseCsv(readFileSync(join(folder, name), 'utf8')).slice(1)) {
      const member = formatIdentifier(fromPlain({ namespace: namespace ?? '', value: value ?? '' }))
      if (operation === 'add') members.add(member)
      else members.delete(member)
    }
  }
  return [...members].sort()
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

/** RFC 4180, as small as it can be read. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  for (const line of text.matchAll(
    /((?:"(?:[^"]|"")*"|[^",\r\n]*)(?:,(?:"(?:[^"]|"")*"|[^",\r\n]*))*)\r\n/g,
  )) {
    const fields = [...(line[1] ?? '').matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)]
    rows.push(fields.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? ''))
  }
  return rows
}

describe('the files of a cohort', () => {
  const batch = {
    id: '7-0-1',
    operation: 'add',
    identifiers: [{ kind: 'external_id', value: 'a' }],
  } as const

  it('stay in the directory, whatever the cohort is called', async () => {
    const path = await mkdtemp(join(tmpdir(), 'muster-file-'))
    const open = destination.open({ path }, io)
    const ids = ['..', '../../x', '/etc', 'a/b', 'é'.repeat(400)]
    for (const cohortId of ids) {
      expect(await open.deliver({ ...batch, cohortId }, signal)).toMatchObject({ kind: 'accepted' })
    }
    const folders = await readdir(path)
    expect(folders).toHaveLength(ids.length)
    for (const folder of folders)
      expect(await readdir(join(path, folder))).toEqual(['000000000007-000000000000-000000000001-add.csv'])
    await rm(path, { recursive: true })
  })

  it('cannot be written where there is no directory: tried again later', async () => {
    const open = destination.open({ path: join(tmpdir(), 'muster-no-such-directory') }, io)
    const missing = { kind: 'unavailable', message: expect.stringContaining('ENOENT') }
    expect(await open.check(signal)).toMatchObject(missing)
    expect(await open.deliver({ ...batch, cohortId: 'c1' }, signal)).toMatchObject(missing)
  })
})
