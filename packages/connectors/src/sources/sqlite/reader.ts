import { closeSync, openSync, writeSync } from 'node:fs'
import { constants, DatabaseSync, type StatementSync } from 'node:sqlite'
import { messageOf } from '@muster/core/lib/error.ts'
import { csvOf } from '../row-file.ts'
import { from, selectOf, textList, textOf } from './select.ts'
import type { Answer, Task } from './task.ts'

// The process that reads. SQLite works within the call, so it would stop the event loop; and nothing but the end of the
// process stops a statement that gives no row.

const rowsInChunk = 5_000

process.once('message', ({ path, task }: { readonly path: string; readonly task: Task }) => {
  process.send?.(answer(path, task), () => process.exit(0))
})
process.once('disconnect', () => process.exit(0))

function answer(path: string, task: Task): Answer {
  try {
    return run(open(path), task)
  } catch (error) {
    const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0
    return { error: messageOf(error), code }
  }
}

/** The file cannot be written, and a statement can do nothing but read it: no file attached, no setting changed. */
function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true, allowExtension: false, timeout: 5_000 })
  database.exec('pragma query_only = on; pragma trusted_schema = off')
  database.prepare('select count(*) from sqlite_schema').get()
  const reading = [
    constants.SQLITE_SELECT,
    constants.SQLITE_READ,
    constants.SQLITE_FUNCTION,
    constants.SQLITE_RECURSIVE,
  ]
  // Node 24.10 and later. Before, that a statement stands in brackets after FROM keeps it to reading.
  if (typeof database.setAuthorizer !== 'function') return database
  database.setAuthorizer((action, table, name) => {
    const isAllowed =
      reading.includes(action) || (action === constants.SQLITE_PRAGMA && table === 'table_info')
    const loads = action === constants.SQLITE_FUNCTION && name === 'load_extension'
    return isAllowed && !loads ? constants.SQLITE_OK : constants.SQLITE_DENY
  })
  return database
}

function run(database: DatabaseSync, task: Task): Answer {
  switch (task.kind) {
    case 'check':
      return { count: 0 }
    case 'browse':
      return allRows(arrays(database.prepare(catalogSql)), [task.tables])
    case 'describe': {
      const columns = database.prepare(`select * from ${from(task.body)} limit 0`).columns()
      return { columns: [], rows: columns.map(({ name, type }) => [name, type || 'ANY']) }
    }
    case 'rows': {
      const names = database
        .prepare(`select * from ${from(task.body)} limit 0`)
        .columns()
        .map(({ name }) => name)
      const where = task.where === null ? '' : `where ${textOf(task.where.column)} = ?`
      const statement = database.prepare(
        `select ${textList(names)} from ${from(task.body)} ${where} limit ${task.limit}`,
      )
      return allRows(arrays(statement), task.where === null ? [] : [task.where.value])
    }
    case 'extract':
      return { count: extract(database, task) }
  }
}

const catalogSql = `
  select t.name, t.type, c.name, c.type
  from (select name, type from sqlite_schema where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\'
        order by name limit ?) as t
  join pragma_table_info(t.name) as c order by t.name, c.cid`

function extract(database: DatabaseSync, task: Task & { readonly kind: 'extract' }): number {
  const statement = arrays(database.prepare(selectOf(task.body, task.columns)))
  const file = openSync(task.path, 'wx')
  let count = 0
  try {
    let chunk: (string | null)[][] = []
    for (const row of statement.iterate()) {
      chunk.push(texts(row))
      if (chunk.length < rowsInChunk) continue
      count += chunk.length
      writeSync(file, csvOf(chunk))
      chunk = []
    }
    count += chunk.length
    writeSync(file, csvOf(chunk))
  } finally {
    closeSync(file)
  }
  return count
}

function arrays(statement: StatementSync): StatementSync {
  statement.setReturnArrays(true)
  return statement
}

function allRows(statement: StatementSync, values: readonly (string | number)[]): Answer {
  const columns = statement.columns().map(({ name }) => name)
  return { columns, rows: [...statement.iterate(...values)].map(texts) }
}

function texts(row: unknown): (string | null)[] {
  return Array.isArray(row) ? row.map((value) => (value === null ? null : String(value))) : []
}
