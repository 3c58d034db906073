import { sealSource } from '@muster/core/sync/connector.ts'
import type { RowFiles, Source } from '@muster/core/sync/source.ts'
import { timeoutsOf } from '../deadline.ts'
import { Port } from '../host.ts'
import { browsePostgres, checkPostgres } from '../postgres/check.ts'
import { Config as PostgresConfig, type ReadConfig } from '../postgres/config.ts'
import { readError } from '../postgres/error.ts'
import { type Flavour, postgresReader } from '../postgres/read.ts'
import type { Session } from '../postgres/session.ts'
import { type TextRows, writeRowFile } from '../row-file.ts'

const Config = PostgresConfig.omit({ engine_schema: true }).extend({ port: Port.default(5439) })

const boolean = 16

/** Rows that one FETCH asks for. */
const fetchRows = 20_000

/** Redshift casts no boolean to text. */
const asText: Flavour['asText'] = (column, oid) =>
  oid === boolean
    ? `case ${column} when true then 'true' when false then 'false' end`
    : `${column}::varchar(65535)`

const redshiftFlavour: Flavour = { dialect: 'redshift', asText, asExtracted: asText, extract: fetchAll }

const redshift: Source<ReadConfig> = {
  name: 'redshift',
  title: 'Amazon Redshift',
  config: Config,
  secrets: ['password'],
  dialect: 'redshift',
  open: async (config) => {
    const timeouts = timeoutsOf(config.statement_timeout)
    return {
      ...postgresReader(config, timeouts, redshiftFlavour),
      check: () => checkPostgres(config, timeouts),
      browse: (signal) => browsePostgres(config, timeouts, signal),
      close: async () => {},
    }
  },
}

export const source = sealSource(redshift)

/** Redshift copies no rows to the client: they come through a cursor, only as fast as the file takes them. */
async function fetchAll(
  session: Session,
  select: string,
  target: { readonly directory: string; readonly columns: readonly string[] },
): Promise<RowFiles> {
  const { deadline } = session
  await session.rows(`declare muster_rows cursor for ${select}`)
  async function* chunks(): AsyncGenerator<TextRows> {
    for (;;) {
      const { rows } = await session.rows(`fetch forward ${fetchRows} from muster_rows`)
      if (rows.length === 0) return
      yield rows.map((row) => row.map((value) => (value === null ? null : String(value))))
    }
  }
  try {
    return await writeRowFile({ ...target, signal: deadline.signal }, chunks())
  } catch (error) {
    throw readError(error, deadline)
  }
}
