import { type Database, openDatabase } from '../db/database.ts'

/** Statements of the sync half are short; one that hears nothing for so long speaks to nobody any more. */
const answerMs = 60_000

/** Opens the database as the sync half uses it: under its own role, and never waiting for an end that is gone. */
export function openSyncDatabase(url: string, connections: number): Database {
  return openDatabase({ url, role: 'muster_sync', connections, answerMs })
}
