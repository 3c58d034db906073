import { sql } from '@muster/server/db/sql.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { definitions, type SyncHarness, startSyncHarness } from './sync-harness.ts'

describe('the definitions of the sync half', () => {
  let half: SyncHarness
  beforeEach(async () => {
    half = await startSyncHarness()
  })
  afterEach(() => half.close())

  it('keeps secrets out of what it shows and out of the clear in its database', async () => {
    const shown = JSON.stringify([await half.sync.destinations(), await half.sync.syncs()])
    expect(shown).not.toContain('canary')
    expect(shown).toContain('••••')
    const [row] = await half.database.half.rows(
      sql`select destination::text as row from sync.destination as destination`,
    )
    expect(JSON.stringify(row)).not.toContain('canary')
    const [destination] = await half.sync.destinations()
    const { type, config } = destination ?? {}
    const put = { name: 'braze', body: { type, config }, dryRun: false }
    expect(await half.sync.putDestination(put)).toBe('unchanged')
    expect(await half.sync.checkDestination('braze')).toMatchObject({ ok: true })
  })

  it('names what is wrong with a definition, and what was probably meant', async () => {
    const put = (body: unknown) => ({ name: 'people', body, dryRun: false })
    const faults: [() => Promise<unknown>, object][] = [
      [
        () => half.sync.putSync(put({ ...definitions.sync, destinaton: 'x' })),
        {
          details: [{ where: 'destinaton', message: 'unknown key "destinaton"; did you mean destination?' }],
        },
      ],
      [
        () => half.sync.putSync(put({ ...definitions.sync, identifiers: [{ external_id: 'externalid' }] })),
        {
          code: 'missing_column',
          message: expect.stringContaining('did you mean external_id?'),
          hint: expect.stringContaining('crm'),
        },
      ],
      [
        () =>
          half.sync.putSync(
            put({ ...definitions.sync, identifiers: [{ alias: { lable: 'crm', name: 'crm' } }] }),
          ),
        {
          details: [
            { where: 'identifiers.0.alias.lable', message: 'unknown key "lable"; did you mean label?' },
          ],
        },
      ],
      [
        () => half.sync.putSync(put({ ...definitions.sync, model: 'poeple' })),
        { kind: 'missing', code: 'no_model', hint: 'There are: people.' },
      ],
      [
        () => half.sync.putModel(put({ ...definitions.model, key: 'ID' })),
        { code: 'missing_column', message: expect.stringContaining('did you mean id?') },
      ],
      [
        () => half.sync.putModel(put({ ...definitions.model, sql: 'select id,\n nam from customers' })),
        { code: 'sql_error', details: [{ where: 'line 2, column 2' }] },
      ],
      [
        () => half.sync.putSource(put({ type: 'duckb', config: {} })),
        { code: 'unknown_connector', message: expect.stringContaining('did you mean duckdb?') },
      ],
      [
        () => half.sync.putSource(put({ type: 'duckdb', config: { path: 'relative' } })),
        { code: 'bad_config', details: [{ where: 'config.path' }] },
      ],
    ]
    for (const [attempt, expected] of faults) await expect(attempt()).rejects.toMatchObject(expected)
    expect(
      await half.sync.putSync({ ...put({ ...definitions.sync, schedule: { every: '15m' } }), dryRun: true }),
    ).toBe('update')
    expect((await half.sync.sync('people')).definition.schedule).toBe('manual')
    expect(await half.sync.putSync(put(definitions.sync))).toBe('unchanged')
  })
})
