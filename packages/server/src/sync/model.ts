import { isDeepStrictEqual } from 'node:util'
import { invalid, missing } from '@muster/core/lib/error.ts'
import type { Instant } from '@muster/core/lib/instant.ts'
import { nearest } from '@muster/core/lib/nearest.ts'
import { ModelDefinition } from '@muster/core/sync/definition.ts'
import { modelSql } from '@muster/core/sync/model-sql.ts'
import type { Column } from '@muster/core/sync/source.ts'
import type { Queryable } from '../db/database.ts'
import { json, sql } from '../db/sql.ts'
import { type DefinitionChange, dialectOf, openSource } from './connection.ts'
import { findConnection, getConnection } from './connection-store.ts'
import type { SyncContext } from './context.ts'
import { parseDefinition } from './parse-definition.ts'

export interface StoredModel {
  readonly name: string
  readonly definition: ModelDefinition
  readonly columns: readonly Column[]
  readonly updated_at: Instant
}

const previewRows = 100

export function listModels(on: Queryable): Promise<StoredModel[]> {
  return on.rows<StoredModel>(sql`select name, definition, columns, updated_at from sync.model order by name`)
}

export async function findModel(on: Queryable, name: string): Promise<StoredModel | null> {
  const [row] = await on.rows<StoredModel>(
    sql`select name, definition, columns, updated_at from sync.model where name = ${name}`,
  )
  return row ?? null
}

/** The model; `missing` where there is none of that name. */
export async function getModel(on: Queryable, name: string): Promise<StoredModel> {
  const found = await findModel(on, name)
  if (found) return found
  const names = (await listModels(on)).map((model) => model.name)
  throw missing('no_model', `there is no model ${name}`, {
    hint: names.length > 0 ? `There are: ${names.join(', ')}.` : 'Make the model first.',
  })
}

/** Makes or changes a model. Its SQL must be one that the source runs, and give the key column. */
export async function putModel(
  context: SyncContext,
  put: { readonly name: string; readonly body: unknown; readonly dryRun: boolean },
): Promise<DefinitionChange> {
  const { name, body, dryRun } = put
  const definition = parseDefinition(ModelDefinition, body, `model ${name}`)
  // What a project's files make before it is not there yet when they are only compared.
  if (dryRun && !(await findConnection(context.database, 'source', definition.source))) return 'create'
  await getConnection(context.database, 'source', definition.source)
  const columns = await describeModel(context, definition)
  requireColumns([{ where: 'key', column: definition.key }], columns, `model ${name}`)
  const stored = await findModel(context.database, name)
  const same = stored && isDeepStrictEqual({ ...stored.definition }, { ...definition })
  if (same && isDeepStrictEqual(stored.columns, columns)) return 'unchanged'
  if (!dryRun) await storeModel(context.database, { name, definition, columns, updated_at: context.clock() })
  return stored ? 'update' : 'create'
}

async function storeModel(on: Queryable, model: StoredModel): Promise<void> {
  await on.rows(sql`
    insert into sync.model (name, source, definition, columns, updated_at)
    values (${model.name}, ${model.definition.source}, ${json(model.definition)}, ${json(model.columns)},
      ${new Date(model.updated_at)})
    on conflict (name) do update
    set source = excluded.source, definition = excluded.definition, columns = excluded.columns,
      updated_at = excluded.updated_at`)
}

/** The statement that gives the model's rows, in the words of its source. */
export async function sqlOf(context: SyncContext, definition: ModelDefinition): Promise<string> {
  return modelSql(definition, await dialectOf(context, definition.source))
}

export async function describeModel(
  context: SyncContext,
  definition: ModelDefinition,
): Promise<readonly Column[]> {
  const source = await openSource(context, definition.source)
  try {
    return await source.describe(await sqlOf(context, definition))
  } finally {
    await source.close()
  }
}

/** The first rows and the column types, for people to look at. */
export async function previewModel(context: SyncContext, name: string) {
  return previewRowsOf(context, (await getModel(context.database, name)).definition)
}

/** The same of a model that is not saved; its key may be chosen when its columns are seen. */
export async function previewDefinition(context: SyncContext, body: Readonly<Record<string, unknown>>) {
  return previewRowsOf(context, parseDefinition(ModelDefinition, { key: 'id', ...body }, 'the model'))
}

async function previewRowsOf(context: SyncContext, definition: ModelDefinition) {
  const sql = await sqlOf(context, definition)
  const source = await openSource(context, definition.source)
  try {
    const columns = await source.describe(sql)
    return { columns: [...columns], rows: [...(await source.preview(sql, previewRows))] }
  } finally {
    await source.close()
  }
}

/** Throws `invalid` naming every column that is not among those there are, with the nearest one. */
export function requireColumns(
  wanted: readonly { readonly where: string; readonly column: string }[],
  columns: readonly Column[],
  what: string,
): void {
  const names = columns.map((column) => column.name)
  const absent = wanted.filter(({ column }) => !names.includes(column))
  const first = absent[0]
  if (!first) return
  const near = nearest(first.column, names)
  throw invalid(
    'missing_column',
    `${what} has no column ${first.column}${near ? `; did you mean ${near}?` : ''}`,
    {
      hint: `The columns are: ${names.join(', ')}.`,
      details: absent.map(({ where, column }) => ({ where, message: `there is no column ${column}` })),
    },
  )
}
