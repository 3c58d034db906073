import { MusterError } from '@muster/core/lib/error.ts'

const ofDatabase = new Set(['database_unreachable', 'database_busy', 'locked'])

/** True for a failure that says nothing of the run: it is left as it is, and taken up again in a moment. */
export function isPassing(error: unknown): boolean {
  return error instanceof MusterError && (ofDatabase.has(error.code) || error.code === 'lease_lost')
}
