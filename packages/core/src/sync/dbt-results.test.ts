import { describe, expect, it } from 'vitest'
import { type DbtWait, dbtWait, judgeDbtJob, parseDbtResults } from './dbt-results.ts'

const artefact = (results: object, more: { readonly which?: string; readonly version?: string } = {}) => ({
  metadata: {
    dbt_schema_version: `https://schemas.getdbt.com/dbt/run-results/${more.version ?? 'v6'}.json`,
    dbt_version: '1.10.4',
    generated_at: '2026-11-26T06:30:00.123456Z',
    invocation_id: '0f4c5a2e-6b13-4d92-9b7f-1a8ce2d0f331',
    env: {},
  },
  results: Object.entries(results).map(([unique_id, status]) => ({ unique_id, status, timing: [] })),
  elapsed_time: 12.5,
  args: { which: more.which ?? 'build', target: 'prod' },
})
const judge = (results: object, wait: DbtWait, which?: string) =>
  judgeDbtJob(parseDbtResults(artefact(results, which === undefined ? {} : { which })), wait)
const nodes = (...named: string[]): DbtWait => ({ kind: 'nodes', nodes: named, tests: [] })
const every: DbtWait = { kind: 'every' }

describe('what dbt writes down of a job', () => {
  it('is read with its id, its time and how each node ended', () => {
    expect(parseDbtResults(artefact({ 'model.shop.vips': 'success' }))).toEqual({
      invocationId: '0f4c5a2e-6b13-4d92-9b7f-1a8ce2d0f331',
      generatedAt: Date.UTC(2026, 10, 26, 6, 30, 0, 123),
      command: 'build',
      results: [{ unique_id: 'model.shop.vips', status: 'success' }],
    })
  })

  it.each([
    ['a manifest', { metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/manifest/v12.json' } }],
    ['another version', artefact({}, { version: 'v4' })],
    ['no object', 7],
    ['no time', { ...artefact({}), metadata: { ...artefact({}).metadata, generated_at: 'yesterday' } }],
    ['no id', { ...artefact({}), metadata: { ...artefact({}).metadata, invocation_id: null } }],
  ])('is not %s', (_, other) => {
    expect(() => parseDbtResults(other)).toThrow(expect.objectContaining({ code: 'bad_run_results' }))
  })
})

describe('a sync of a dbt model', () => {
  it.each(['vips', 'shop.vips', "ref('vips')", "ref('shop', 'vips')", 'model.shop.vips'])(
    'runs when %s was built, whatever became of others',
    (named) => {
      const results = { 'model.shop.vips': 'success', 'model.shop.orders': 'error' }
      expect(judge(results, nodes(named))).toEqual({
        kind: 'begins',
        message: expect.stringMatching(/^dbt build built (shop\.)?vips$/),
      })
    },
  )

  it.each(['success', 'pass', 'warn', 'no-op', 'reused'])('takes %s as built', (status) => {
    expect(judge({ 'model.shop.vips': status }, nodes('vips')).kind).toBe('begins')
  })

  it.each(['error', 'skipped', 'partial success', 'fail', 'runtime error', 'something new'])(
    'does not run when it ended with %s, and says so',
    (status) => {
      expect(judge({ 'model.shop.vips': status, 'model.shop.orders': 'success' }, nodes('vips'))).toEqual({
        kind: 'failed',
        message: `in dbt build, vips ended with ${status}`,
      })
    },
  )

  it('does not run when a test of it failed, and does when one only warned', () => {
    const tests = ['test.shop.unique_vips_id.c0ffee', 'unit_test.shop.vips.rules']
    const wait: DbtWait = { kind: 'nodes', nodes: ['vips'], tests }
    const built = { 'model.shop.vips': 'success', 'test.shop.of_another.1': 'fail' }
    expect(judge({ ...built, 'test.shop.unique_vips_id.c0ffee': 'fail' }, wait)).toEqual({
      kind: 'failed',
      message: 'in dbt build, unique_vips_id ended with fail',
    })
    expect(judge({ ...built, 'test.shop.unique_vips_id.c0ffee': 'warn' }, wait).kind).toBe('begins')
    expect(judge(built, wait).kind).toBe('begins')
  })

  it.each(['compile', 'generate', 'show', 'run-operation'])('is not built by dbt %s', (which) => {
    const built = { 'model.shop.vips': 'success' }
    expect(judge(built, nodes('vips'), which)).toMatchObject({ kind: 'elsewhere' })
    expect(judge(built, every, which)).toMatchObject({ kind: 'elsewhere' })
  })

  it('may wait for a test by name, which dbt test runs apart', () => {
    const tested = { 'test.shop.unique_vips_id.c0ffee': 'pass' }
    expect(judge(tested, nodes('unique_vips_id'), 'test').kind).toBe('begins')
    expect(judge(tested, nodes('vips'), 'test').kind).toBe('elsewhere')
    expect(judge(tested, every, 'test').kind).toBe('elsewhere')
  })

  it.each(['run', 'seed', 'snapshot', 'clone', 'retry'])('is built by dbt %s', (which) => {
    expect(judge({ 'model.shop.vips': 'success' }, nodes('vips'), which).kind).toBe('begins')
  })

  it('takes no notice of a job of other models', () => {
    expect(judge({ 'model.shop.orders': 'error', 'model.other.vips_all': 'success' }, nodes('vips'))).toEqual(
      {
        kind: 'elsewhere',
        message: 'dbt build did not build vips',
      },
    )
  })

  it('needs all versions and namesakes that were built, unless it names one', () => {
    const results = {
      'model.shop.vips.v1': 'error',
      'model.shop.vips.v2': 'success',
      'model.other.vips': 'success',
    }
    expect(judge(results, nodes('vips')).kind).toBe('failed')
    expect(judge(results, nodes('vips.v2')).kind).toBe('begins')
    expect(judge(results, nodes('other.vips')).kind).toBe('begins')
  })
})

describe('a sync that names several nodes', () => {
  it('needs all of them of one job', () => {
    expect(judge({ 'model.shop.a': 'success', 'seed.shop.b': 'success' }, nodes('a', 'b')).kind).toBe(
      'begins',
    )
    expect(judge({ 'model.shop.a': 'success' }, nodes('a', 'b'))).toEqual({
      kind: 'failed',
      message: 'dbt build built a part of it only: not b',
    })
    expect(judge({ 'model.shop.c': 'success' }, nodes('a', 'b'))).toEqual({
      kind: 'elsewhere',
      message: 'dbt build did not build a, b',
    })
  })
})

describe('a sync that names none', () => {
  it('needs every result to have ended well', () => {
    expect(judge({ 'model.shop.a': 'success', 'test.shop.t.1': 'pass' }, every)).toEqual({
      kind: 'begins',
      message: 'dbt build ended well',
    })
    const failed = Object.fromEntries(
      ['a', 'b', 'c', 'd', 'e'].map((name) => [`model.shop.${name}`, 'error']),
    )
    expect(judge(failed, every)).toEqual({
      kind: 'failed',
      message: 'in dbt build, a ended with error, b ended with error, c ended with error and 2 more',
    })
  })

  it('takes no notice of a job that built nothing', () => {
    expect(judge({}, every)).toEqual({ kind: 'elsewhere', message: 'dbt build built nothing' })
  })
})

describe('what a sync waits for', () => {
  const model = { source: 'shop', key: 'id' }
  const dbt = { manifest: 'target/manifest.json', model: 'vips' }
  it.each([
    ['the nodes that it names', { models: ['a'] }, { ...model, sql: 'select 1' }, nodes('a')],
    ['every result for SQL', {}, { ...model, sql: 'select 1' }, every],
    ['every result for a table', {}, { ...model, table: 't' }, every],
    ['its dbt model', {}, { ...model, dbt: { ...dbt, relation: 't' } }, nodes('vips')],
    [
      'its dbt model as the manifest has it, with its tests',
      {},
      { ...model, dbt: { ...dbt, relation: 't', node: 'model.shop.vips', tests: ['test.shop.t.1'] } },
      { kind: 'nodes', nodes: ['model.shop.vips'], tests: ['test.shop.t.1'] },
    ],
    [
      'every result where dbt builds nothing of it',
      {},
      { ...model, dbt: { ...dbt, sql: 'select 1' } },
      every,
    ],
    [
      'every result for a source',
      {},
      { ...model, dbt: { ...dbt, relation: 't', node: 'source.shop.crm.people' } },
      every,
    ],
  ] as const)('is %s', (_, schedule, definition, wait) => {
    expect(dbtWait(schedule, definition)).toEqual(wait)
  })
})
