import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MusterProcess, openMusterProcess } from './muster-process.ts'

const sync = (cohort: string, ...lines: string[]): string =>
  [
    'model: people',
    'destination: out',
    'identifiers: [external_id: id]',
    `cohort: { create: ${cohort} }`,
    ...lines,
    '',
  ].join('\n')

const files: Readonly<Record<string, string>> = {
  'muster.yaml': 'version: 1\n',
  'people.csv': 'id\n1\n2\n3\n',
  'out/.keep': '',
  'sources/files.yaml': 'type: csv\nconfig: { path: people.csv }\n',
  'models/people.yaml': 'source: files\nkey: id\nsql: select id from rows\n',
  'models/others.yaml': 'source: files\nkey: id\nsql: select id from rows\n',
  'destinations/out.yaml': 'type: file\nconfig: { path: out }\n',
  'syncs/people.yaml': sync('People'),
  'syncs/then.yaml': sync('Then', 'schedule: { after: people }'),
  'syncs/later.yaml': sync('Later', 'schedule: { after: then }'),
}

describe('muster delete, and deploy --prune', () => {
  let muster: MusterProcess
  let project: string
  let address: string
  beforeAll(async () => {
    muster = await openMusterProcess()
    project = join(dirname(muster.directory), 'project')
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(project, path)), { recursive: true })
      await writeFile(join(project, path), text)
    }
    address = (await muster.serve()).address
    await deployAndRun()
  })
  afterAll(() => muster.close())

  /** What follows it is at rest: a run of theirs would stand in the way. */
  const deployAndRun = async (): Promise<void> => {
    await muster.ask('deploy', '--project', project)
    for (const name of ['then', 'later']) await muster.ask('pause', name)
    await muster.ask('run', 'people')
  }
  const series = async () =>
    (await (await fetch(`${address}/metrics`)).text())
      .split('\n')
      .filter((line) => /sync="people"/.test(line))
  const drop = (path: string) => rm(join(project, path))

  it('says what goes and what stays, and does nothing without a word where nobody can be asked', async () => {
    await muster.run('delete', 'sync', 'later', '--yes')
    await muster.run('delete', 'sync', 'then', '--yes')
    const { code, out } = await muster.run('delete', 'sync', 'people', '--dry-run')
    expect(code).toBe(0)
    expect(out).toMatch(/takes away its \d runs? with plans/)
    expect(out).toContain('the 3 members that were accepted into the cohort People at out stay there')
    expect(out).toContain('let it use a model that gives no rows')
    const refused = await muster.run('delete', 'sync', 'people')
    expect(refused.code).toBe(2)
    expect(refused.error).toContain('add --yes')
    expect(await series()).not.toEqual([])
  })

  it('names what is in the way', async () => {
    const { code, error } = await muster.run('delete', 'model', 'people', '--yes')
    expect(code).toBe(1)
    expect(error).toContain('The model people is used by the sync people.')
    expect((await muster.run('delete', 'planet', 'mars', '--yes')).code).toBe(2)
  })

  it('deletes with its word, and the figures of the sync are gone as well as its files', async () => {
    expect(await muster.ask('delete', 'sync', 'people', '--yes')).toMatchObject({
      kind: 'sync',
      name: 'people',
      sync: { runs: 1, accepted: 3, destination: 'out', left: [] },
    })
    expect(await series()).toEqual([])
    expect(await readdir(join(muster.directory, 'sync'))).toEqual([])
    expect((await muster.run('runs', 'people')).error).toContain('There is no sync people')
  })

  it('deploys, and says what the server has and the files have not', async () => {
    await deployAndRun()
    for (const path of ['syncs/people.yaml', 'syncs/then.yaml', 'syncs/later.yaml', 'models/others.yaml'])
      await drop(path)
    const others = ['model others', 'sync later', 'sync people', 'sync then']
    const named = (all: unknown) =>
      Array.isArray(all) ? all.map((one: { kind: string; name: string }) => `${one.kind} ${one.name}`) : all
    const { only_there, deleted } = await muster.ask('deploy', '--project', project)
    expect(named(only_there)).toEqual(others)
    expect(deleted).toEqual([])
    expect(named((await muster.ask('plan', '--project', project)).only_there)).toEqual(others)
    expect(named((await muster.ask('deploy', '--project', project, '--only', 'models')).only_there)).toEqual([
      'model others',
    ])
    const { out } = await muster.run('deploy', '--project', project)
    expect(out).toContain('On the server, not in the files:')
    expect(out).toContain('--prune')
    const again = `deploy --project ${project} --only sync,model`
    const some = await muster.run(...again.split(' '))
    expect(some.out).toContain(`muster ${again} --prune`)
  })

  it('prunes them in the order that works, with a word, and never what the files have', async () => {
    const shown = await muster.run('deploy', '--project', project, '--prune', '--dry-run')
    expect(shown.out).toContain('in this order: sync later, sync then, sync people, model others.')
    expect((await muster.run('deploy', '--project', project, '--prune')).code).toBe(2)
    const { deleted } = await muster.ask('deploy', '--project', project, '--prune', '--yes')
    expect(deleted).toMatchObject([
      { kind: 'sync', name: 'later' },
      { kind: 'sync', name: 'then' },
      { kind: 'sync', name: 'people', sync: { accepted: 3 } },
      { kind: 'model', name: 'others' },
    ])
    expect(await muster.ask('deploy', '--project', project, '--prune', '--yes')).toMatchObject({
      only_there: [],
      deleted: [],
    })
    const { code } = await muster.run('delete', 'model', 'people', '--yes')
    expect(code).toBe(0)
  })
})
