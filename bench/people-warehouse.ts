import { rename, rm } from 'node:fs/promises'
import { DuckDBInstance } from '@duckdb/node-api'

export interface People {
  readonly count: number
  /** 1 % change in all: half of them leave, and as many come. */
  readonly day: 1 | 2
}

/** The first number of those who come on day 2 is `count` + 1; every 200th leaves. */
export const changedEvery = 200

/** Writes a warehouse of one table, `people (contact_id, customer_id, crm_id)`; it appears whole under the path. */
export async function writePeople(path: string, { count, day }: People): Promise<void> {
  await rm(`${path}.new`, { force: true })
  const instance = await DuckDBInstance.create(`${path}.new`)
  try {
    const connection = await instance.connect()
    await connection.run('set preserve_insertion_order = false')
    const numbers =
      day === 1
        ? `range(1, ${count + 1})`
        : `(from range(1, ${count + 1}) t(range) where range % ${changedEvery} <> 0
            union all from range(${count + 1}, ${count + 1 + Math.floor(count / changedEvery)}))`
    await connection.run(`
      create table people as
      select 'contact-' || range as contact_id, 'customer-' || lpad(range::text, 9, '0') as customer_id,
             'crm-' || range as crm_id
      from ${numbers}`)
    connection.closeSync()
  } finally {
    instance.closeSync()
  }
  await rename(`${path}.new`, path)
}
