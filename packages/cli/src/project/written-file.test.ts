import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { changedFile, newFile } from './written-file.ts'
import { readYaml } from './yaml-file.ts'

const sync = {
  model: 'vips',
  destination: 'braze',
  identifiers: [{ external_id: 'id' }],
  cohort: { create: 'VIPs' },
}

describe('a new file', () => {
  it('leaves out what the schema says by default', () => {
    const definition = { ...sync, schedule: 'manual', guards: {} }
    const { yaml, sql } = newFile({ kind: 'sync', name: 'vips', definition }, '/p')
    expect(parse(yaml)).toEqual(sync)
    expect(sql).toBeNull()
  })

  it('puts the SQL of a model into a file of its own', () => {
    const definition = { source: 'shop', sql: 'select 1 as id\n', key: 'id' }
    const { yaml, sql } = newFile({ kind: 'model', name: 'm', definition }, '/p')
    expect([parse(yaml), sql]).toEqual([{ source: 'shop', key: 'id' }, 'select 1 as id\n'])
  })

  it('names a variable for a secret, and counts a path from the project', () => {
    const definition = { type: 'x', config: { path: '/p/data/a.duckdb', 'api-key': '••••' } }
    const { yaml } = newFile({ kind: 'source', name: 'my-shop', definition }, '/p')
    expect(yaml).toContain('path: data/a.duckdb')
    expect(yaml).toContain('api-key: ${MY_SHOP_API_KEY}')
  })

  it('reads as what the server has, even where a text looks like a variable', () => {
    const definition = {
      message: { subject: 'a ${NAME} and $${NAME}', body: '{{${first_name}}}' },
      segment: 's',
    }
    const { yaml } = newFile({ kind: 'campaign', name: 'c', definition }, '/p')
    expect(readYaml('c.yaml', yaml, {}).value).toEqual(definition)
  })
})

describe('a changed file', () => {
  const before = [
    '# who',
    'type: braze-cohorts',
    'config:',
    '  rest_endpoint: ${ENDPOINT} # ours',
    '  partner_api_key: ${KEY}',
    '  old: 1',
    '',
  ].join('\n')
  const stated = {
    type: 'braze-cohorts',
    config: { rest_endpoint: 'https://a', partner_api_key: 'k', old: 1 },
  }

  it('keeps comments, secrets and variables; writes and takes away what differs', () => {
    const definition = {
      type: 'braze-cohorts',
      config: { rest_endpoint: 'https://a', partner_api_key: '••••', partner: 'hightouch' },
    }
    const { yaml } = changedFile(
      { yaml: before, sql: null, stated },
      { kind: 'destination', name: 'b', definition },
      '/p',
    )
    expect(yaml).toBe(
      [
        '# who',
        'type: braze-cohorts',
        'config:',
        '  rest_endpoint: ${ENDPOINT} # ours',
        '  partner_api_key: ${KEY}',
        '  partner: hightouch',
        '',
      ].join('\n'),
    )
  })

  it('writes a value in place of a variable that no longer holds', () => {
    const definition = { ...stated, config: { ...stated.config, rest_endpoint: 'https://b' } }
    const { yaml } = changedFile(
      { yaml: before, sql: null, stated },
      { kind: 'destination', name: 'b', definition },
      '/p',
    )
    expect(yaml).toContain('rest_endpoint: https://b # ours')
  })

  it('writes SQL where it stands: in its own file or in the YAML', () => {
    const definition = { source: 's', sql: 'select 2 as id', key: 'id' }
    const beside = {
      yaml: 'source: s\nkey: id\n',
      sql: 'select 1 as id',
      stated: { ...definition, sql: 'select 1 as id' },
    }
    expect(changedFile(beside, { kind: 'model', name: 'm', definition }, '/p')).toEqual({
      yaml: beside.yaml,
      sql: 'select 2 as id',
    })
    const within = { ...beside, yaml: 'source: s\nsql: select 1 as id\nkey: id\n', sql: null }
    expect(changedFile(within, { kind: 'model', name: 'm', definition }, '/p').yaml).toBe(
      'source: s\nsql: select 2 as id\nkey: id\n',
    )
  })
})
