import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MusterProcess, openMusterProcess } from './muster-process.ts'

describe('the starter that muster init writes', () => {
  let muster: MusterProcess
  let project: string
  beforeAll(async () => {
    muster = await openMusterProcess()
    project = join(muster.directory, '..', 'shop')
    await muster.serve()
  })
  afterAll(() => muster.close())

  const filesOf = async (): Promise<Record<string, string>> => {
    const entries = await readdir(project, { recursive: true, withFileTypes: true })
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    return Object.fromEntries(
      await Promise.all(paths.map(async (path) => [path, await readFile(path, 'utf8')])),
    )
  }

  it('works as it is: validated, deployed, planned, applied, explained, undone and exported without a change', async () => {
    expect(await muster.run('init', project)).toMatchObject({ code: 0 })
    const keys = await muster.ask('keys', 'create', '--partner', 'hightouch')
    Object.assign(muster.environment, {
      BRAZE_REST_ENDPOINT: keys.rest_endpoint,
      BRAZE_PARTNER_API_KEY: keys.partner_api_key,
      BRAZE_DATA_IMPORT_KEY: keys.data_import_key,
    })
    expect(await muster.run('validate', '--project', project)).toMatchObject({ code: 0 })
    expect(await muster.run('deploy', '--project', project)).toMatchObject({ code: 0 })

    const rows = { read: 5, members: 4, null: 1, invalid: 0, duplicate: 0 }
    expect(await muster.ask('plan', 'lapsed-vips')).toMatchObject({
      verdict: 'apply',
      added: 4,
      removed: 0,
      rows,
    })
    expect(await muster.run('apply', 'lapsed-vips')).toMatchObject({ code: 0 })
    expect((await muster.run('why', 'alias:crm:CRM-3')).out).toContain('accepted by the destination')

    const written = await filesOf()
    expect((await muster.run('export', '--project', project)).out).toContain('Nothing differs.')
    expect(await filesOf()).toEqual(written)

    const run = await muster.ask('run', 'lapsed-vips')
    expect(run).toMatchObject({ status: 'done', added: 0, unchanged: 4 })
    // It takes everybody out, which a guard lets a person look at.
    expect(await muster.run('undo', '1')).toMatchObject({ code: 4 })
    expect(await muster.run('apply', 'lapsed-vips')).toMatchObject({ code: 4 })
    const [undo] = JSON.parse((await muster.run('runs', 'lapsed-vips', '--json')).out) as { id: string }[]
    expect(await muster.ask('release', undo?.id ?? '')).toMatchObject({ status: 'done', removed: 4 })
    expect((await muster.run('syncs')).out).toContain('paused: muster resume lapsed-vips')
  })
})
