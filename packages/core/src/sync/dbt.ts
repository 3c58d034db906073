import { z } from 'zod'
import { invalid } from '../lib/error.ts'
import { nearest } from '../lib/nearest.ts'

/** What stands in a manifest for a model, seed, snapshot or source. */
const Node = z.object({
  resource_type: z.string(),
  name: z.string(),
  package_name: z.string(),
  /** Quoted as the adapter quotes; null where nothing is built: an ephemeral model. */
  relation_name: z.string().nullish(),
  compiled_code: z.string().nullish(),
  source_name: z.string().nullish(),
  version: z.union([z.string(), z.number()]).nullish(),
  latest_version: z.union([z.string(), z.number()]).nullish(),
})
type Node = z.output<typeof Node> & { readonly id: string }

/** A test, of data or of a model's logic. A generic one is attached to the node that it is written at. */
const Test = z.object({
  resource_type: z.enum(['test', 'unit_test']),
  attached_node: z.string().nullish(),
  depends_on: z.object({ nodes: z.array(z.string()).default([]) }).default({ nodes: [] }),
})

/**
 * The part of dbt's `target/manifest.json` that says where a model's rows lie. Version 12 of its schema is written by
 * dbt Core 1.8 and later and by Fusion: https://schemas.getdbt.com/dbt/manifest/v12.json
 */
const Manifest = z.object({
  metadata: z.object({ dbt_schema_version: z.string() }),
  nodes: z.record(z.string(), z.unknown()),
  sources: z.record(z.string(), z.unknown()).default({}),
  unit_tests: z.record(z.string(), z.unknown()).default({}),
})
type Manifest = z.output<typeof Manifest>

const built = ['model', 'seed', 'snapshot', 'source']

/** Where the rows of a dbt model are: a relation in the warehouse, or for an ephemeral model the SQL that gives them. */
export type DbtRows = ({ readonly relation: string } | { readonly sql: string }) & {
  /** Its unique id, and those of the tests of it. */
  readonly node: string
  readonly tests?: readonly string[]
}

/**
 * Finds a model in a parsed manifest. It is named by its name, `package.name`, or as a dbt model would name it:
 * `ref('name')`, `ref('package', 'name')`, `source('source', 'table')`. Throws `invalid` where the manifest is none of
 * version 12, where nothing or more than one has the name, and where an ephemeral model is not compiled.
 */
export function resolveDbt(manifest: unknown, named: string): DbtRows {
  const parsed = parseManifest(manifest)
  const nodes = nodesOf(parsed)
  const found = latest(nodes.filter((node) => namesOf(node).includes(nameIn(named))))
  const [first, second] = found
  if (!first) {
    const near = nearest(
      nameIn(named),
      nodes.flatMap((node) => namesOf(node).slice(0, 1)),
    )
    throw invalid(
      'no_dbt_model',
      `the manifest has no model ${named}${near ? `; did you mean ${near}?` : ''}`,
      {
        hint: 'Build it with dbt first (dbt build writes target/manifest.json), or correct `dbt.model`.',
      },
    )
  }
  if (second) {
    const names = found.map((node) => `${node.package_name}.${node.name}`).join(', ')
    throw invalid('ambiguous_dbt_model', `the manifest has more than one ${named}: ${names}`, {
      hint: 'Write the package before the name: package.name.',
    })
  }
  const tests = testsOf(parsed, first.id)
  const known = { node: first.id, ...(tests.length > 0 ? { tests } : {}) }
  if (first.relation_name) return { relation: first.relation_name, ...known }
  if (first.compiled_code) return { sql: first.compiled_code, ...known }
  throw invalid('dbt_not_compiled', `the dbt model ${named} is ephemeral and the manifest has no SQL of it`, {
    hint: 'Run dbt compile, which writes the compiled SQL into the manifest.',
  })
}

function parseManifest(manifest: unknown): Manifest {
  const parsed = Manifest.safeParse(manifest)
  if (!parsed.success) {
    throw invalid('bad_manifest', 'this is not a dbt manifest', {
      hint: 'Name the target/manifest.json that dbt build writes.',
    })
  }
  const { dbt_schema_version: schema } = parsed.data.metadata
  const version = /\/v(\d+)\.json$/.exec(schema)?.[1]
  if (version !== '12') {
    throw invalid('bad_manifest', `the manifest has the schema ${schema}, not version 12`, {
      hint: 'Write it with dbt Core 1.8 or later, or with Fusion.',
    })
  }
  return parsed.data
}

function nodesOf({ nodes, sources }: Manifest): Node[] {
  return [...Object.entries(nodes), ...Object.entries(sources)].flatMap(([id, node]) => {
    const read = Node.safeParse(node)
    return read.success && built.includes(read.data.resource_type) ? [{ ...read.data, id }] : []
  })
}

/** The tests by which a node is judged: those written at it, and those of no other place that read it. */
function testsOf({ nodes, unit_tests }: Manifest, id: string): string[] {
  return [...Object.entries(nodes), ...Object.entries(unit_tests)].flatMap(([testId, node]) => {
    const { data } = Test.safeParse(node)
    const at = data?.attached_node ? [data.attached_node] : data?.depends_on.nodes
    return at?.includes(id) ? [testId] : []
  })
}

/** The name by which people mean a node: `ref('a', 'b')` and `source('a', 'b')` are `a.b`. */
export function nameIn(named: string): string {
  const call = /^\s*(?:\{\{)?\s*(?:ref|source)\(\s*(.*?)\s*\)\s*(?:\}\})?\s*$/.exec(named)?.[1]
  if (call === undefined) return named
  return [...call.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, one, two]) => one ?? two).join('.')
}

function namesOf({ name, package_name, source_name, resource_type, version }: Node): string[] {
  if (resource_type === 'source') return [`${source_name}.${name}`, `${package_name}.${source_name}.${name}`]
  const versioned = version === null || version === undefined ? [] : [`${name}.v${version}`]
  return [name, `${package_name}.${name}`, ...versioned]
}

/** Of the versions of one model, the one that a `ref` without a version means. */
function latest(nodes: readonly Node[]): readonly Node[] {
  if (nodes.length < 2) return nodes
  const current = nodes.filter(({ version, latest_version: last }) => String(version) === String(last))
  return current.length > 0 ? current : nodes
}
