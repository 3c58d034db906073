import { describe, expect, it } from 'vitest'
import { resolveDbt } from './dbt.ts'
import { modelSql, tablePath } from './model-sql.ts'

const node = (name: string, more: object = {}): object => ({
  resource_type: 'model',
  name,
  package_name: 'shop',
  relation_name: `"warehouse"."marts"."${name}"`,
  compiled_code: `select 1`,
  ...more,
})

const manifest = {
  metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/manifest/v12.json' },
  nodes: {
    'model.shop.customers': node('customers'),
    'model.shop.vips': node('vips', {
      relation_name: null,
      compiled_code: 'with a as (select 2) select * from a',
    }),
    'model.shop.raw': node('raw', { relation_name: null, compiled_code: null }),
    'model.shop.orders.v1': node('orders', {
      version: 1,
      latest_version: 2,
      relation_name: 'marts.orders_v1',
    }),
    'model.shop.orders.v2': node('orders', { version: 2, latest_version: 2, relation_name: 'marts.orders' }),
    'model.shop.items': node('items'),
    'model.other.items': node('items', { package_name: 'other', relation_name: 'other.items' }),
    'seed.shop.countries': node('countries', { resource_type: 'seed' }),
    'test.shop.unique_id': node('unique_id', { resource_type: 'test' }),
  },
  sources: {
    'source.shop.crm.contacts': node('contacts', {
      resource_type: 'source',
      source_name: 'crm',
      relation_name: 'crm.contacts',
    }),
  },
}

describe('a dbt model', () => {
  it.each([
    ['customers', { relation: '"warehouse"."marts"."customers"' }],
    ["ref('customers')", { relation: '"warehouse"."marts"."customers"' }],
    ['{{ ref("shop", "customers") }}', { relation: '"warehouse"."marts"."customers"' }],
    ['vips', { sql: 'with a as (select 2) select * from a' }],
    ['orders', { relation: 'marts.orders' }],
    ['orders.v1', { relation: 'marts.orders_v1' }],
    ['other.items', { relation: 'other.items' }],
    ['countries', { relation: '"warehouse"."marts"."countries"' }],
    ["source('crm', 'contacts')", { relation: 'crm.contacts' }],
  ])('%s lies where the manifest says', (name, rows) => {
    expect(resolveDbt(manifest, name)).toMatchObject(rows)
  })

  it('is known by its id and its tests, not by those of others that read it', () => {
    const test = (more: object) => ({ resource_type: 'test', ...more })
    const reads = (...nodes: string[]) => ({ depends_on: { nodes } })
    const tested = {
      ...manifest,
      nodes: {
        ...manifest.nodes,
        'test.shop.unique_customers_id.1': test({
          attached_node: 'model.shop.customers',
          ...reads('model.shop.customers'),
        }),
        'test.shop.orders_have_customers.2': test({
          attached_node: 'model.shop.orders.v2',
          ...reads('model.shop.customers', 'model.shop.orders.v2'),
        }),
        'test.shop.by_hand': test(reads('model.shop.customers')),
      },
      unit_tests: {
        'unit_test.shop.customers.rules': { resource_type: 'unit_test', ...reads('model.shop.customers') },
      },
    }
    expect(resolveDbt(tested, 'customers')).toEqual({
      relation: '"warehouse"."marts"."customers"',
      node: 'model.shop.customers',
      tests: ['test.shop.unique_customers_id.1', 'test.shop.by_hand', 'unit_test.shop.customers.rules'],
    })
    expect(resolveDbt(tested, "source('crm', 'contacts')")).toEqual({
      relation: 'crm.contacts',
      node: 'source.shop.crm.contacts',
    })
  })

  it.each([
    ['custmers', 'no_dbt_model', /did you mean customers/],
    ['unique_id', 'no_dbt_model', /no model/],
    ['items', 'ambiguous_dbt_model', /shop.items, other.items/],
    ['raw', 'dbt_not_compiled', /ephemeral/],
  ])('%s is refused', (name, code, message) => {
    expect(() => resolveDbt(manifest, name)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
  })

  it.each([[{}], [null], [{ ...manifest, metadata: { dbt_schema_version: 'x/v9.json' } }]])(
    'is not looked for in what is no manifest of version 12',
    (other) => {
      expect(() => resolveDbt(other, 'customers')).toThrow(expect.objectContaining({ code: 'bad_manifest' }))
    },
  )
})

describe('the SQL of a model', () => {
  const of = { source: 'shop', key: 'id' }

  it('is the one that it states', () => {
    expect(modelSql({ ...of, sql: 'select 1 as id' }, 'duckdb')).toBe('select 1 as id')
  })

  it('reads the table that it names, in the quotes of the dialect', () => {
    const model = { ...of, table: 'marts.Customers' }
    expect(modelSql(model, 'postgres')).toBe('select * from "marts"."Customers"')
    expect(modelSql(model, 'mysql')).toBe('select * from `marts`.`Customers`')
    expect(modelSql(model, 'snowflake')).toBe('select * from "MARTS"."CUSTOMERS"')
    expect(modelSql({ ...of, table: '"a.b"."say ""hi"""' }, 'snowflake')).toBe(
      'select * from "a.b"."say ""hi"""',
    )
    expect(modelSql({ ...of, table: 'my-project.data.t`t' }, 'bigquery')).toBe(
      'select * from `my-project`.`data`.`t\\`t`',
    )
  })

  it.each(['', 'a..b', '.a', 'a.', '"a', 'a"b'])('is not made of %j', (table) => {
    expect(() => tablePath(table, 'postgres')).toThrow(expect.objectContaining({ code: 'bad_table' }))
  })

  it('reads what dbt has built', () => {
    const dbt = { manifest: 'target/manifest.json', model: 'customers' }
    expect(modelSql({ ...of, dbt: { ...dbt, relation: '"a"."b"' } }, 'duckdb')).toBe('select * from "a"."b"')
    expect(modelSql({ ...of, dbt: { ...dbt, sql: 'select 1' } }, 'duckdb')).toBe('select 1')
    expect(() => modelSql({ ...of, dbt }, 'duckdb')).toThrow(
      expect.objectContaining({ code: 'dbt_not_read' }),
    )
  })
})
