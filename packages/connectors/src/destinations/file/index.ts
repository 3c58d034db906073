import { createHash } from 'node:crypto'
import { access, constants, mkdir, open, rename } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { csvLine } from '@muster/core/lib/csv.ts'
import { messageOf } from '@muster/core/lib/error.ts'
import { sealDestination } from '@muster/core/sync/connector.ts'
import type { Batch, Destination } from '@muster/core/sync/destination.ts'
import { toPlain } from '@muster/core/sync/identifier.ts'
import type { Outcome } from '@muster/core/sync/outcome.ts'
import { z } from 'zod'

const Config = z.strictObject({
  /** An existing directory. Project files may write it relative to themselves. */
  path: z.string().refine(isAbsolute, { error: 'must be an absolute path' }),
})
type Config = z.output<typeof Config>

const file: Destination<Config> = {
  name: 'file',
  title: 'Files',
  config: Config,
  secrets: [],
  accepts: ['external_id', 'alias', 'device_id'],
  limits: { idsPerRequest: 100_000, requestsPerHour: 3_600_000, concurrency: 1 },
  place: ({ path }) => path,
  open: ({ path }) => ({
    check: () => outcomeOf(() => access(path, constants.W_OK | constants.X_OK)),
    nameCohort: ({ cohortId, name, createdAt }) =>
      outcomeOf(() => {
        const said = { cohort_id: cohortId, name, created_at: new Date(createdAt).toISOString() }
        return writeWhole(path, { cohortId, name: 'cohort.json', text: `${JSON.stringify(said)}\n` })
      }),
    deliver: (batch) =>
      outcomeOf(() =>
        writeWhole(path, { cohortId: batch.cohortId, name: fileName(batch), text: linesOf(batch) }),
      ),
  }),
}

export const destination = sealDestination(file)

async function outcomeOf(write: () => Promise<void>): Promise<Outcome> {
  try {
    await write()
    return { kind: 'accepted', requestId: null, status: 200 }
  } catch (error) {
    return { kind: 'unavailable', status: null, message: messageOf(error), retryAfterMs: null }
  }
}

/** Writes a file that is whole and on the disk when this resolves, or is not there: written twice, it is the same. */
async function writeWhole(
  directory: string,
  { cohortId, name, text }: { readonly cohortId: string; readonly name: string; readonly text: string },
): Promise<void> {
  await access(directory, constants.W_OK)
  const folder = join(directory, folderName(cohortId))
  await mkdir(folder, { recursive: true })
  const path = join(folder, name)
  const handle = await open(`${path}.tmp`, 'w')
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${path}.tmp`, path)
  const parent = await open(folder, 'r')
  await parent.sync().finally(() => parent.close())
}

/** One folder a cohort, whatever its id: a name that no id can lead out of the directory. */
function folderName(cohortId: string): string {
  const encoded = `cohort-${encodeURIComponent(cohortId)}`
  if (encoded.length <= 200) return encoded
  return `cohort-${createHash('sha256').update(cohortId).digest('hex')}`
}

/** In the order of their names the files are in the order of the changes. */
function fileName({ id, operation }: Batch): string {
  const parts = id.split('-').map((part) => (/^\d+$/.test(part) ? part.padStart(12, '0') : part))
  return `${parts.join('-')}-${operation}.csv`
}

function linesOf({ operation, identifiers }: Batch): string {
  const lines = identifiers.map((identifier) => {
    const { namespace, value } = toPlain(identifier)
    return csvLine([operation, namespace, value])
  })
  return csvLine(['operation', 'namespace', 'value']) + lines.join('')
}
