import { randomBytes } from 'node:crypto'

/** The tables that pass of a session, in a warehouse whose temporary tables do not do. */
export interface PassingTables {
  /** The full name, quoted, of a table that no other session has: two that compare at once must not meet. */
  readonly passes: (name: string) => string
  /** Drops them, as far as it can be done: what a broken session leaves goes with the next one's `tables` of its prefix. */
  drop(): Promise<void>
}

/** `full` gives a table's full name, `run` runs a statement. */
export function passingTables(
  full: (name: string) => string,
  run: (sql: string) => Promise<void>,
): PassingTables {
  const made: string[] = []
  return {
    passes: (name) => {
      const table = full(`${name}_${randomBytes(6).toString('hex')}`)
      made.push(table)
      return table
    },
    drop: async () => {
      for (const table of made) await run(`drop table if exists ${table}`).catch(() => {})
    },
  }
}
