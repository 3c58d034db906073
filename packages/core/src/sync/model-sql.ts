import { invalid } from '../lib/error.ts'
import type { ModelDefinition } from './definition.ts'
import type { Dialect } from './dialect.ts'
import { quotePath } from './quote-name.ts'

/** The statement that gives the model's rows. Throws `invalid` for a dbt model that no manifest has been read for. */
export function modelSql(model: ModelDefinition, dialect: Dialect): string {
  if ('sql' in model) return model.sql
  if ('table' in model) return `select * from ${quotePath(dialect, tablePath(model.table, dialect))}`
  const { relation, sql } = model.dbt
  if (sql !== undefined) return sql
  if (relation !== undefined) return `select * from ${relation}`
  throw invalid('dbt_not_read', `the dbt model ${model.dbt.model} has not been looked up in its manifest`, {
    hint: 'Deploy the project with muster deploy: it reads the manifest where the files are.',
  })
}

/**
 * The parts of a table's name: `schema.name`, or with a part in double quotes where it holds a dot. A part stands for
 * exactly that name, but in Snowflake, as in its SQL, one without quotes for the name in capitals.
 */
export function tablePath(table: string, dialect: Dialect): string[] {
  const parts = [...table.matchAll(/"((?:[^"]|"")+)"|([^".]+)/g)]
  const written = parts.map(([whole]) => whole).join('.')
  if (parts.length === 0 || written !== table) {
    throw invalid('bad_table', `${table} is not the name of a table`, {
      hint: 'Write it as schema.name; a part that holds a dot or a quote stands in double quotes.',
      details: [{ where: 'table', message: 'must be schema.name' }],
    })
  }
  return parts.map(([, quoted, plain]) => {
    if (quoted !== undefined) return quoted.replaceAll('""', '"')
    return dialect === 'snowflake' ? (plain ?? '').toUpperCase() : (plain ?? '')
  })
}
