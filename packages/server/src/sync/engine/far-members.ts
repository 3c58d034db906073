import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FarMember } from '@muster/core/sync/destination.ts'
import { toPlain } from '@muster/core/sync/identifier.ts'
import { rowFilesSql } from '@muster/core/sync/row-files.ts'
import type { RowFiles } from '@muster/core/sync/source.ts'
import { type Job, parquet } from './duckdb-job.ts'
import { bucketSql } from './identify-sql.ts'
import { settleDirectory, writePart } from './part-file.ts'
import type { SplitRows } from './split-rows.ts'
import { type State, type StatePart, stateShape } from './state.ts'

const columns = ['person', 'namespace', 'value'] as const

/** Writes who is in the cohort as rows (person, namespace, value), page by page. */
export async function writeFarMembers(
  pages: AsyncIterable<readonly FarMember[]>,
  directory: string,
): Promise<RowFiles> {
  const path = join(directory, 'far.csv')
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
  await appendFile(path, '')
  let people = 0
  let rows = 0
  for await (const page of pages) {
    let text = ''
    for (const { identifiers } of page) {
      people++
      rows += identifiers.length
      for (const plain of identifiers.map(toPlain))
        text += `"${people}",${quoted(plain.namespace)},${quoted(plain.value)}\n`
    }
    await appendFile(path, text)
  }
  return { format: 'csv', columns, paths: [path], rows }
}

/**
 * What is accepted, as the far end shows it (core/sync/reconcile.ts says the rules and is held equal): a state in files of its
 * own, by which the model is compared.
 */
export async function knownState(
  job: Job,
  given: {
    readonly far: RowFiles
    readonly split: SplitRows
    readonly state: State | null
    /** Those of the sync's identifiers, by precedence. */
    readonly namespaces: readonly string[]
    readonly directory: string
    readonly folder: string
  },
): Promise<State> {
  const { far, split, state, namespaces, directory, folder } = given
  const desired = [...split.files].flatMap(([bucket, files]) => (bucket >= 0 ? files : []))
  const accepted = (state?.files ?? [])
    .filter((part) => part.rows > 0)
    .map((part) => join(directory, part.file))
  const rank = namespaces
    .map((namespace, index) => `when '${namespace.replaceAll("'", "''")}' then ${index}`)
    .join(' ')
  await job.run(`
    create or replace temp table named as
    select person::integer as person, far.namespace, far.value, desired.value is not null as is_desired,
      accepted.value is not null as is_accepted, case far.namespace ${rank} end as rank
    from ${rowFilesSql(far)} as far
    left join (select distinct namespace, value from ${parquet(desired, "'' as namespace, '' as value")}) as desired
      using (namespace, value)
    left join (select namespace, value from ${parquet(accepted, stateShape)}) as accepted using (namespace, value)`)
  await job.run(`
    create or replace temp table person as
    select person, bool_or(is_accepted and not is_desired) as loses, bool_or(is_desired or is_accepted) as is_ours
    from named group by person`)
  await job.run(`
    create or replace temp table known as
    from (${bucketSql(
      `(
      select accepted.namespace, accepted.value, accepted.row_key, found.loses is not null and not found.loses as sure
      from ${parquet(accepted, stateShape)} as accepted
      left join (select namespace, value, loses from named join person using (person)) as found using (namespace, value)
      union all
      select namespace, value, '', true from named join person using (person)
      where is_desired and not is_accepted and not loses
      union all
      select arg_min(namespace, (rank, value)), arg_min(value, (rank, value)), '', false from named join person using (person)
      where not is_ours and rank is not null group by person
    )`,
      split.bits,
    )})`)
  const files: StatePart[] = []
  for (let bucket = 0; bucket < 2 ** split.bits; bucket++) {
    const query = `select namespace, value, hash::usmallint as hash, row_key, sure from known where bucket = ${bucket}`
    const part = await writePart(job, { directory, file: `${folder}/known-${bucket}.parquet`, query })
    const [count] = await job.rows<{ sure: bigint }>(
      `select count(*) as sure from known where bucket = ${bucket} and sure`,
    )
    files.push({ ...part, sure: Number(count?.sure ?? 0) })
  }
  await settleDirectory(join(directory, folder))
  return { bits: split.bits, members: files.reduce((sum, part) => sum + part.sure, 0), files }
}
