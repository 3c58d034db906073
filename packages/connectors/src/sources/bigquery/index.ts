import { judgeEndpoint } from '@muster/core/lib/egress.ts'
import { sealSource } from '@muster/core/sync/connector.ts'
import type { Source } from '@muster/core/sync/source.ts'
import { z } from 'zod'
import { openDeadline, StatementTimeout, timeoutsOf } from '../deadline.ts'
import { browseSchema } from '../warehouse-catalog.ts'
import { failedCheck, warehouseReader, withDeadline } from '../warehouse-reader.ts'
import { accountOf } from './account.ts'
import { openBigquery, type Session } from './session.ts'

/** A name that stands in backticks and in a path. */
const Name = z
  .string()
  .regex(/^[A-Za-z0-9_:.-]+$/, { error: 'has characters that BigQuery does not know in names' })

const Config = z.strictObject({
  project: Name,
  /** The dataset of names that have none. */
  dataset: Name.optional(),
  /** Where the data lies, such as `US`, `EU` or `europe-west1`. */
  location: Name.default('US'),
  /** The key of a service account: the text of its JSON file. */
  credentials: z.string().superRefine((text, context) => {
    const account = accountOf(text)
    if (!account.ok) context.addIssue({ code: 'custom', message: account.reason })
  }),
  /** Absent: Google's own; a private endpoint has another. */
  endpoint: z
    .url()
    .superRefine((url, context) => {
      const verdict = judgeEndpoint(url)
      if (!verdict.ok) context.addIssue({ code: 'custom', message: verdict.reason })
    })
    .optional(),
  statement_timeout: StatementTimeout,
})
export type Config = z.output<typeof Config>

const bigquery: Source<Config> = {
  name: 'bigquery',
  title: 'BigQuery',
  config: Config,
  secrets: ['credentials'],
  dialect: 'bigquery',
  open: async (config) => {
    const session = openBigquery(config, timeoutsOf(config.statement_timeout))
    return {
      ...warehouseReader(session),
      check: () => check(config, session),
      browse: (signal) => browse(config, session, signal),
      close: async () => {},
    }
  },
}

export const source = sealSource(bigquery)

function browse(config: Config, session: Session, signal: AbortSignal) {
  const place = config.dataset ?? `region-${config.location.toLowerCase()}`
  return browseSchema(session, `\`${config.project}.${place}\`.INFORMATION_SCHEMA`, signal)
}

/** Asks for a plan, and what the account may do with the first table. */
async function check(config: Config, session: Session) {
  try {
    return await withDeadline(session, openDeadline(session.timeouts.look), async (deadline) => {
      await session.columns('select 1 as one', deadline)
      const [table] = (await browse(config, session, deadline.signal)).tables
      const path = table ? `${table.schema}.${table.name}` : null
      const may = table ? await session.mayWrite(table.schema ?? '', table.name, deadline) : false
      const warning = `the service account can write ${path}; Muster plans each statement and sends SELECT alone, but give it roles/bigquery.dataViewer and roles/bigquery.jobUser alone`
      return {
        ok: true,
        message: `BigQuery, project ${config.project}, as ${session.email}`,
        warnings: may ? [warning] : [],
      }
    })
  } catch (error) {
    return failedCheck(error, [])
  }
}
