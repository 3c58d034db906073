import { describe, expect, it } from 'vitest'
import { parseWritten } from '../lib/problems.ts'
import { ModelDefinition, SyncDefinition } from './definition.ts'

const sync = {
  model: 'm',
  destination: 'd',
  identifiers: [{ external_id: 'id' }],
  cohort: { create: 'X' },
}

function problems(value: unknown, schema: Parameters<typeof parseWritten>[0] = SyncDefinition): string[] {
  const parsed = parseWritten(schema, value)
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('what is said of a definition that somebody wrote', () => {
  it('is nothing where it is right', () => {
    expect(problems(sync)).toEqual([])
  })

  it('names a key that was written wrong once, and what was meant', () => {
    const { model: _, ...without } = sync
    expect(problems({ ...without, modell: 'm' })).toEqual([
      'modell: unknown key "modell"; did you mean model?',
    ])
    expect(problems({ source: 's', kye: 'id', sql: 'select 1' }, ModelDefinition)).toEqual([
      'kye: unknown key "kye"; did you mean key?',
    ])
  })

  it('says that a key is missing, or what its value must be', () => {
    expect(problems({ ...sync, model: undefined })).toEqual(['model: is missing'])
    expect(problems({ ...sync, model: 7 })).toEqual(['model: must be text'])
    expect(problems({ ...sync, identifiers: [] })).toEqual(['identifiers: must not be empty'])
    expect(problems({ ...sync, mode: 'mirorr' })).toEqual([
      'mode: must be one of mirror, add_only, remove_only; did you mean mirror?',
    ])
    expect(problems({ ...sync, guards: { min_members: -1 } })).toEqual([
      'guards.min_members: must be at least 0',
    ])
  })

  it('is about the alternative that was meant', () => {
    const schedule = (value: unknown): string[] => problems({ ...sync, schedule: value })
    expect(schedule({ every: 15 })).toEqual(['schedule.every: must be text'])
    expect(schedule({ every: '0s' })).toEqual(['schedule.every: must be longer than nothing'])
    expect(schedule({ evry: '15m' })).toEqual(['schedule.evry: unknown key "evry"; did you mean every?'])
    expect(schedule('hourly')).toEqual([
      'schedule: must be manual, { every: 15m }, { cron: "0 7 * * 1-5" }, { after: another-sync } or { dbt: … }',
    ])
    expect(problems({ ...sync, identifiers: [{ alias: { label: 'crm' } }] })).toEqual([
      'identifiers.0.alias.name: is missing',
    ])
    expect(problems({ ...sync, identifiers: [{ alias: { lable: 'crm', name: 'n' } }] })).toEqual([
      'identifiers.0.alias.lable: unknown key "lable"; did you mean label?',
    ])
  })

  it('says of two keys that exclude each other that they do', () => {
    expect(problems({ ...sync, cohort: { create: 'A', existing: 'b' } })).toEqual([
      'cohort.existing: "existing" does not go together with "create"',
    ])
  })
})
