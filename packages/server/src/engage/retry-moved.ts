import { MusterError } from '@muster/core/lib/error.ts'
import { sqlState } from '../db/database.ts'

const attempts = 5

/**
 * Runs a transaction again when what it had read was changed by another before it wrote: a unique key taken meanwhile,
 * a deadlock, or a `transient` of its own.
 */
export async function retryMoved<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction()
    } catch (error) {
      if (attempt >= attempts || !hasMoved(error)) throw error
    }
  }
}

function hasMoved(error: unknown): boolean {
  const isUniqueOrForeignKey = ['23505', '23503'].includes(sqlState(error) ?? '')
  return isUniqueOrForeignKey || (error instanceof MusterError && error.kind === 'transient')
}
