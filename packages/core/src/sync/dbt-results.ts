import { z } from 'zod'
import { assertNever } from '../lib/assert-never.ts'
import { invalid } from '../lib/error.ts'
import { type Instant, parseIso } from '../lib/instant.ts'
import { nameIn } from './dbt.ts'
import type { ModelDefinition } from './definition.ts'

/**
 * The part of dbt's `target/run_results.json` that says how a job ended. Version 6 of its schema is written by dbt Core 1.8
 * and later and by Fusion, version 5 by 1.7: https://schemas.getdbt.com/dbt/run-results/v6.json
 */
export const DbtRunResults = z.object({
  metadata: z.object({
    dbt_schema_version: z.string(),
    generated_at: z.string(),
    invocation_id: z.string().min(1).max(255),
  }),
  /** `which` is the command, such as `build`. */
  args: z.object({ which: z.string().optional() }).optional(),
  results: z.array(z.object({ unique_id: z.string(), status: z.string() })),
})
export type DbtRunResults = z.output<typeof DbtRunResults>

/** One invocation of dbt that has ended. */
export interface DbtJob {
  readonly invocationId: string
  readonly generatedAt: Instant
  readonly command: string
  /** Only what was executed: an ephemeral model or a source is not among them. */
  readonly results: readonly { readonly unique_id: string; readonly status: string }[]
}

/** Takes a parsed artefact; throws `invalid` where it is none of a version that is known. */
export function parseDbtResults(artefact: unknown): DbtJob {
  const parsed = DbtRunResults.safeParse(artefact)
  const generatedAt = parsed.success ? parseIso(parsed.data.metadata.generated_at) : null
  if (!parsed.success || generatedAt === null) {
    throw invalid('bad_run_results', 'this is no run_results.json of dbt', {
      hint: 'Name the target/run_results.json that dbt build writes.',
    })
  }
  const { metadata, args, results } = parsed.data
  if (!/\/run-results\/v[56]\.json$/.test(metadata.dbt_schema_version)) {
    throw invalid(
      'bad_run_results',
      `the results have the schema ${metadata.dbt_schema_version}, not run-results version 5 or 6`,
      { hint: 'Write them with dbt Core 1.8 or later, or with Fusion.' },
    )
  }
  return { invocationId: metadata.invocation_id, generatedAt, command: args?.which ?? 'build', results }
}

/** What has to end well: nodes by name or unique id, all in one job, with no test of them failed; or whatever is in a job. */
export type DbtWait =
  | { readonly kind: 'nodes'; readonly nodes: readonly string[]; readonly tests: readonly string[] }
  | { readonly kind: 'every' }

/** What a sync waits for: the nodes that its schedule names, else the dbt model that it reads, else everything. */
export function dbtWait(
  { models }: { readonly models?: readonly string[] | undefined },
  model: ModelDefinition,
): DbtWait {
  if (models) return { kind: 'nodes', nodes: models, tests: [] }
  if (!('dbt' in model)) return { kind: 'every' }
  const { node, tests = [], relation, model: named } = model.dbt
  const isBuilt = relation !== undefined && !(node ?? named).startsWith('source')
  return isBuilt ? { kind: 'nodes', nodes: [node ?? named], tests } : { kind: 'every' }
}

/** What a job means to a sync: it begins a run, it should have but failed, or it is of other things. */
export interface DbtVerdict {
  readonly kind: 'begins' | 'failed' | 'elsewhere'
  /** A sentence's part on why. */
  readonly message: string
}

/** Writing models: `compile`, `docs generate` and `show` say `success` of models that they did not build. */
const building = ['build', 'run', 'seed', 'snapshot', 'clone', 'retry']
/** `reused` and `no-op`: dbt knows that it is up to date. A status that is not known is no success. */
const good = ['success', 'pass', 'warn', 'reused', 'no-op']

/** Judges a job for a sync. What dbt skips because something before it failed has failed too. */
export function judgeDbtJob({ command, results }: DbtJob, wait: DbtWait): DbtVerdict {
  const dbt = `dbt ${command}`
  if (!building.includes(command) && !(command === 'test' && wait.kind === 'nodes'))
    return { kind: 'elsewhere', message: `${dbt} builds nothing` }
  if (wait.kind === 'every') {
    if (results.length === 0) return { kind: 'elsewhere', message: `${dbt} built nothing` }
    return failureOf(dbt, results) ?? { kind: 'begins', message: `${dbt} ended well` }
  }
  const found = wait.nodes.map((named) => ({
    named,
    results: results.filter(({ unique_id }) => namesOf(unique_id).includes(nameIn(named))),
  }))
  const lacking = found.filter((one) => one.results.length === 0)
  const list = (nodes: typeof found): string => nodes.map(({ named }) => shortName(nameIn(named))).join(', ')
  if (lacking.length === found.length)
    return { kind: 'elsewhere', message: `${dbt} did not build ${list(found)}` }
  const tests = results.filter(({ unique_id }) => wait.tests.includes(unique_id))
  const failure = failureOf(dbt, [...found.flatMap((one) => one.results), ...tests])
  if (failure) return failure
  if (lacking.length > 0)
    return { kind: 'failed', message: `${dbt} built a part of it only: not ${list(lacking)}` }
  return { kind: 'begins', message: `${dbt} built ${list(found)}` }
}

const shown = 3

function failureOf(dbt: string, results: DbtJob['results']): DbtVerdict | null {
  const failed = results.filter(({ status }) => !good.includes(status))
  if (failed.length === 0) return null
  const some = failed
    .slice(0, shown)
    .map(({ unique_id, status }) => `${shortName(unique_id)} ended with ${status}`)
  const rest = failed.length > shown ? ` and ${failed.length - shown} more` : ''
  return { kind: 'failed', message: `in ${dbt}, ${some.join(', ')}${rest}` }
}

/** The names by which people mean a node: `model.shop.vips.v2` is vips, shop.vips and vips.v2. */
function namesOf(uniqueId: string): string[] {
  const [, pack = '', name = '', more] = uniqueId.split('.')
  const versioned = more !== undefined && /^v\w+$/.test(more) ? [`${name}.${more}`] : []
  return [uniqueId, name, `${pack}.${name}`, ...versioned]
}

function shortName(node: string): string {
  const parts = node.split('.')
  return parts.length < 3 ? node : (parts[2] ?? node)
}

/** What became of a job at a sync, in one sentence; `run` is the one that it began. */
export function dbtSentence({ kind, message }: DbtVerdict, run: string | null): string {
  switch (kind) {
    case 'begins':
      return run === null ? `${message}; its run waits until the sync can take it` : `${message}: run ${run}`
    case 'failed':
      return `${message}; no run was begun`
    case 'elsewhere':
      return `${message}, so that this sync did not run`
    default:
      return assertNever(kind)
  }
}
