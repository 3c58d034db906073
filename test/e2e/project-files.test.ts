import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MusterProcess, openMusterProcess } from './muster-process.ts'

const files: Readonly<Record<string, string>> = {
  'muster.yaml': 'version: 1\n',
  'people.csv': 'id,crm\n1,C-1\n2,C-2\n',
  'sources/files.yaml': 'type: csv\nconfig: { path: people.csv }\n',
  'models/people.yaml': '# everybody\nsource: files\nkey: id\n',
  'models/people.sql': 'select id, crm from rows\n',
  'destinations/braze.yaml': [
    'type: braze-cohorts',
    'config:',
    '  rest_endpoint: ${BRAZE_ENDPOINT} # of our cluster',
    '  partner_api_key: ${BRAZE_PARTNER_KEY}',
    '  data_import_key: ${BRAZE_IMPORT_KEY}',
    '',
  ].join('\n'),
  'syncs/people.yaml': [
    'model: people',
    'destination: braze',
    'identifiers:',
    '  - external_id: id # the shop’s',
    'cohort: { create: People }',
    'rejected: { tries: 3 } # then a person looks',
    '',
  ].join('\n'),
  'segments/people.yaml': 'filter: { kind: field, field: country, operator: equals, value: ES }\n',
  'campaigns/hello.yaml': [
    'segment: people',
    'message:',
    "  subject: 'Hello {{${first_name}}} ($${NOT_A_VARIABLE})'",
    '  body: Hello',
    '',
  ].join('\n'),
  'environments/staging/destinations/braze.yaml': 'config: { partner: census }\n',
  'environments/staging/models/people.sql': 'select id, crm from rows limit 1\n',
  'environments/staging/syncs/people.yaml': 'schedule: { every: 1h }\n',
}

describe('project files and the server', () => {
  let muster: MusterProcess
  let project: string

  beforeAll(async () => {
    muster = await openMusterProcess()
    Object.assign(muster.environment, {
      BRAZE_ENDPOINT: 'http://127.0.0.1:9',
      BRAZE_PARTNER_KEY: 'partner-canary',
      BRAZE_IMPORT_KEY: 'import-canary',
    })
    project = join(dirname(muster.directory), 'project')
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(project, path)), { recursive: true })
      await writeFile(join(project, path), text)
    }
    await muster.serve()
  })
  afterAll(() => muster.close())

  const text = (folder: string, path: string) => readFile(join(folder, path), 'utf8')
  const changes = async (...args: string[]): Promise<string[]> => {
    const { changes: all } = await muster.ask('deploy', ...args)
    if (!Array.isArray(all)) throw new Error('no changes')
    return all.map(
      (one: { kind: string; name: string; change: string }) => `${one.change} ${one.kind} ${one.name}`,
    )
  }

  it('differ in nothing after a deploy, and an export then writes nothing', async () => {
    expect(await changes('--project', project)).toEqual([
      'create source files',
      'create model people',
      'create destination braze',
      'create sync people',
      'create segment people',
      'create campaign hello',
    ])
    const { files: exported, only_here } = await muster.ask('export', '--project', project)
    expect(exported).toSatisfy((all: { change: string }[]) =>
      all.every(({ change }) => change === 'unchanged'),
    )
    expect(only_here).toEqual([])
    for (const [path, before] of Object.entries(files)) expect(await text(project, path)).toBe(before)
  })

  it('can be made anew from the server alone, without a secret in them, and differ in nothing', async () => {
    const copy = join(dirname(muster.directory), 'copy')
    await muster.run('export', '--project', copy)
    const written = (await readdir(copy, { recursive: true })).filter((path) => /\.(yaml|sql)$/.test(path))
    expect(written.sort()).toEqual([
      'campaigns/hello.yaml',
      'destinations/braze.yaml',
      'models/people.sql',
      'models/people.yaml',
      'muster.yaml',
      'segments/people.yaml',
      'sources/files.yaml',
      'syncs/people.yaml',
    ])
    for (const path of written) expect(await text(copy, path)).not.toContain('canary')
    expect(await text(copy, 'destinations/braze.yaml')).toContain('data_import_key: ${BRAZE_DATA_IMPORT_KEY}')
    muster.environment.BRAZE_PARTNER_API_KEY = 'partner-canary'
    muster.environment.BRAZE_DATA_IMPORT_KEY = 'import-canary'
    expect(new Set((await changes('--project', copy)).map((line) => line.split(' ')[0]))).toEqual(
      new Set(['unchanged']),
    )
  })

  it('take up what was changed on the server, and keep their comments', async () => {
    const staging = await changes('--project', project, '--env', 'staging')
    expect(staging.filter((line) => !line.startsWith('unchanged'))).toEqual([
      'update model people',
      'update destination braze',
      'update sync people',
    ])
    const preview = await muster.run('export', '--project', project, '--dry-run')
    expect(preview.out).toContain('~ syncs/people.yaml')
    expect(await text(project, 'syncs/people.yaml')).toBe(files['syncs/people.yaml'])
    await muster.run('export', '--project', project)
    expect(await text(project, 'syncs/people.yaml')).toBe(
      `${files['syncs/people.yaml']}schedule:\n  every: 1h\n`,
    )
    expect(await text(project, 'models/people.sql')).toContain('limit 1')
    expect(await text(project, 'destinations/braze.yaml')).toBe(
      `${files['destinations/braze.yaml']}  partner: census\n`,
    )
    expect(await changes('--project', project)).not.toContainEqual(expect.stringMatching(/^(create|update)/))
  })

  it('say which environments there are when one is misspelt', async () => {
    const { code, error } = await muster.run('validate', '--project', project, '--env', 'stagin')
    expect(code).toBe(1)
    expect(error).toContain('did you mean staging?')
  })

  it('name the file of the environment where the fault is in it', async () => {
    await writeFile(join(project, 'environments/staging/syncs/people.yaml'), 'schedule: { evry: 1h }\n')
    const { error } = await muster.run('validate', '--project', project, '--env', 'staging')
    expect(error).toContain('environments/staging/syncs/people.yaml:1:13')
  })
})
