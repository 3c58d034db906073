/**
 * Where the difference between a model and what was accepted is computed (design §5).
 * - local: here, over every row of the model.
 * - checksums: the source computes a checksum for each bucket of the model by a plain SELECT; only buckets whose rows
 *   have changed are fetched and compared here. Needs the right to read and no more.
 * - warehouse: the source compares by itself, in a schema of ours, and only changes are fetched.
 *
 * The state is the same for all of them, so that a sync may turn from one to another at any time.
 */
export const syncEngines = ['local', 'checksums', 'warehouse'] as const
export type SyncEngine = (typeof syncEngines)[number]
