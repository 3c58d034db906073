import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FarMember } from '@muster/core/sync/destination.ts'
import { toPlain } from '@muster/core/sync/identifier.ts'
import { rowFilesSql } from '@muster/core/sync/row-files.ts'
import type { RowFiles } from '@muster/core/sync/source.ts'
import type { Job } from './duckdb-job.ts'
import { hashedSql, isValid } from './identify-sql.ts'
import { writeState } from './lay-state.ts'
import { rowsOf, type SplitRows } from './split-rows.ts'
import { type State, stateRows } from './state.ts'

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
  const accepted = stateRows(state, directory)
  const rank = namespaces
    .map((namespace, index) => `when '${namespace.replaceAll("'", "''")}' then ${index}`)
    .join(' ')
  await job.run(`
    create or replace temp table named as
    select person::integer as person, far.namespace, far.value, desired.value is not null as is_desired,
      accepted.value is not null as is_accepted, case far.namespace ${rank} end as rank
    from ${rowFilesSql(far)} as far
    left join (select distinct namespace, value from ${rowsOf(split)} where ${isValid}) as desired
      using (namespace, value)
    left join (select namespace, value from ${accepted}) as accepted using (namespace, value)`)
  await job.run(`
    create or replace temp table person as
    select person, bool_or(is_accepted and not is_desired) as loses, bool_or(is_desired or is_accepted) as is_ours
    from named group by person`)
  const rows = hashedSql(`
    select accepted.namespace, accepted.value, accepted.row_key, found.loses is not null and not found.loses as sure
    from ${accepted} as accepted
    left join (select namespace, value, loses from named join person using (person)) as found using (namespace, value)
    union all
    select namespace, value, '', true from named join person using (person)
    where is_desired and not is_accepted and not loses
    union all
    select arg_min(namespace, (rank, value)), arg_min(value, (rank, value)), '', false from named join person using (person)
    where not is_ours and rank is not null group by person`)
  return writeState(job, { rows, bits: split.bits, directory, folder })
}
