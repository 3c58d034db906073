import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { type Database, openDatabase } from './database.ts'
import { type Half, migrate } from './migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly postgresUrl: string
  }
}

/** A fresh, migrated database on the real PostgreSQL that the test run shares. */
export interface TestDatabase {
  readonly url: string
  /** Under the half's own role, as in the product. */
  readonly half: Database
  readonly owner: Database
  close(): Promise<void>
}

export async function openTestDatabase(half: Half): Promise<TestDatabase> {
  const admin = openDatabase({ url: inject('postgresUrl'), connections: 1 })
  const name = `test_${randomBytes(6).toString('hex')}`
  await admin.rows({ strings: [`create database ${name}`], parts: [] })
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${name}`
  const owner = openDatabase({ url: url.href, connections: 2 })
  await migrate(owner, [half])
  const ofHalf = openDatabase({ url: url.href, role: `muster_${half}`, connections: 8 })
  return {
    url: url.href,
    half: ofHalf,
    owner,
    close: async () => {
      await ofHalf.close()
      await owner.close()
      await admin.rows({ strings: [`drop database ${name} with (force)`], parts: [] })
      await admin.close()
    },
  }
}
