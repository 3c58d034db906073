import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type MusterProcess, openMusterProcess } from './muster-process.ts'
import { definitions, type SyncHarness, startSyncHarness } from './sync-harness.ts'

describe('a model', () => {
  let half: SyncHarness
  beforeEach(async () => {
    half = await startSyncHarness()
    await half.customers([{ id: 1, external_id: 'ada', crm: null, device: null }])
  })
  afterEach(() => half.close())

  const put = (body: unknown) => half.sync.putModel({ name: 'people', body, dryRun: false })
  const of = { source: 'shop', key: 'id' }
  const dbt = { manifest: 'target/manifest.json', model: 'customers' }

  it('may be a table, and is planned as its SQL would be', async () => {
    expect(await put({ ...of, table: 'main.customers' })).toBe('update')
    expect(await half.go('run')).toMatchObject({ plan: { counts: { added: 1 } } })
    expect(half.members()).toEqual(['ada'])
    const [story] = await half.sync.stories([{ kind: 'external_id', value: 'ada' }])
    expect(story?.row).toMatchObject({ id: '1', external_id: 'ada' })
  })

  it('may be what dbt has built, once a deploy has looked it up', async () => {
    await expect(put({ ...of, dbt })).rejects.toMatchObject({ code: 'dbt_not_read' })
    expect(await put({ ...of, dbt: { ...dbt, relation: '"main"."customers"' } })).toBe('update')
    expect(await half.sync.previewModel('people')).toMatchObject({ rows: [{ external_id: 'ada' }] })
  })

  it('is one of the three, and a typo in it is named', async () => {
    await expect(put({ ...of, table: 'main.customers', sql: 'select 1' })).rejects.toMatchObject({
      code: 'bad_definition',
    })
    await expect(put({ ...of, table: 'main.customers', descripton: 'x' })).rejects.toMatchObject({
      details: [{ where: 'descripton', message: 'unknown key "descripton"; did you mean description?' }],
    })
    await expect(put({ ...of, table: 'main.custmers' })).rejects.toMatchObject({ code: 'sql_error' })
  })

  it('can be looked at before it is saved, its key not chosen yet', async () => {
    const looked = await half.sync.previewDefinition({ source: 'shop', table: 'main.customers' })
    expect(looked.rows).toEqual([{ id: '1', external_id: 'ada', crm: null, device: null }])
    expect(looked.columns.map((column) => column.name)).toEqual(['id', 'external_id', 'crm', 'device'])
    expect((await half.sync.models())[0]?.definition).toEqual(definitions.model)
  })
})

describe('muster models and muster sources', () => {
  let muster: MusterProcess
  let project: string
  const manifestOf = (relation: string): string =>
    JSON.stringify({
      metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/manifest/v12.json' },
      nodes: {
        'model.shop.people': {
          resource_type: 'model',
          name: 'people',
          package_name: 'shop',
          relation_name: relation,
        },
      },
    })
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(project, path)), { recursive: true })
    await writeFile(join(project, path), text)
  }

  beforeAll(async () => {
    muster = await openMusterProcess()
    project = join(dirname(muster.directory), 'project')
    await write('muster.yaml', 'version: 1\n')
    await write('people.csv', 'id,crm\n007,C-1\n')
    await write('sources/files.yaml', 'type: csv\nconfig: { path: people.csv }\n')
    await write(
      'models/built.yaml',
      'source: files\nkey: id\ndbt: { manifest: dbt/manifest.json, model: people }\n',
    )
    await write('dbt/manifest.json', manifestOf('"rows"'))
    await muster.serve()
  })
  afterAll(() => muster.close())

  const deploy = async (): Promise<unknown> => (await muster.ask('deploy', '--project', project)).changes

  it('read dbt’s manifest at each deploy', async () => {
    expect(await deploy()).toContainEqual({ kind: 'model', name: 'built', change: 'create' })
    expect(await deploy()).toContainEqual({ kind: 'model', name: 'built', change: 'unchanged' })
    await write('dbt/manifest.json', manifestOf('memory.main."rows"'))
    expect(await deploy()).toContainEqual({ kind: 'model', name: 'built', change: 'update' })
  })

  it('leave out of an export what the manifest says', async () => {
    const { files } = await muster.ask('export', '--project', project, '--dry-run')
    expect(files).toContainEqual(expect.objectContaining({ change: 'unchanged' }))
    expect(JSON.stringify(files)).not.toMatch(/"(update|create)"/)
  })

  it('name the place where the manifest lacks a model', async () => {
    await write(
      'models/built.yaml',
      'source: files\nkey: id\ndbt:\n  manifest: dbt/manifest.json\n  model: peple\n',
    )
    const { code, error } = await muster.run('validate', '--project', project)
    expect(code).toBe(1)
    expect(error).toMatch(/models\/built\.yaml:5:\d+.*did you mean people\?/)
    await write(
      'models/built.yaml',
      'source: files\nkey: id\ndbt:\n  manifest: dbt/none.json\n  model: people\n',
    )
    expect((await muster.run('validate', '--project', project)).error).toMatch(/models\/built\.yaml:4:/)
  })

  it('show the first rows of a saved model and of a file', async () => {
    const rows = {
      rows: [{ id: '007', crm: 'C-1' }],
      columns: [{ name: 'id', type: 'VARCHAR' }, { name: 'crm' }],
    }
    expect(await muster.ask('models', 'preview', 'built')).toMatchObject(rows)
    await write('models/draft.yaml', 'source: files\nkey: id\ntable: rows\n')
    await write('models/built.yaml', 'source: files\nkey: id\ntable: rows\n')
    expect(await muster.ask('models', 'preview', join(project, 'models/draft.yaml'))).toMatchObject(rows)
    await write('draft.sql', 'select crm from rows -- only these\n')
    const draft = join(project, 'draft.sql')
    const { out } = await muster.run('models', 'preview', draft, '--source', 'files')
    expect(out).toContain('crm (VARCHAR)')
    expect((await muster.run('models', 'preview', draft)).error).toContain('--source')
  })

  it('show what a source can read, and whether', async () => {
    expect(await muster.ask('sources', 'tables', 'files')).toMatchObject({
      complete: true,
      tables: [{ schema: null, name: 'rows', kind: 'view', columns: [{ name: 'id' }, { name: 'crm' }] }],
    })
    expect(await muster.ask('sources', 'check', 'files')).toEqual({
      ok: true,
      message: '1 file with the columns id, crm',
      engines: ['local', 'checksums'],
      warnings: [],
    })
    const none = await muster.run('sources', 'tables', 'fils')
    expect(none.error).toContain('There are: files.')
  })
})
