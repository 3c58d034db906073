import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { ResourceChange } from '@muster/core/api/resource-change.ts'
import { CampaignDefinition } from '@muster/core/engage/campaign.ts'
import { CanvasDefinition } from '@muster/core/engage/canvas.ts'
import { Filter } from '@muster/core/engage/segment.ts'
import { type ErrorDetail, invalid } from '@muster/core/lib/error.ts'
import { isObject } from '@muster/core/lib/json.ts'
import { nearest } from '@muster/core/lib/nearest.ts'
import { Slug } from '@muster/core/lib/slug.ts'
import {
  DestinationDefinition,
  ModelDefinition,
  NotifierDefinition,
  SourceDefinition,
  SyncDefinition,
} from '@muster/core/sync/definition.ts'
import { z } from 'zod'
import { withDbtRows } from './dbt-model.ts'
import { layOver } from './overlay.ts'
import { parseFile, readYaml, type YamlFile } from './yaml-file.ts'

export type ResourceKind = ResourceChange['kind']

/** One resource of a project: what its file says, checked. */
export interface Resource {
  readonly kind: ResourceKind
  readonly name: string
  readonly definition: Readonly<Record<string, unknown>>
  readonly file: YamlFile
  /** Where the SQL of a model stands, when it stands in a file of its own; relative to the project's folder. */
  readonly sqlFile?: string
}

/** The folders of a project, in the order in which what they hold depends on one another. */
export const projectFolders = [
  { folder: 'sources', kind: 'source', schema: SourceDefinition },
  { folder: 'models', kind: 'model', schema: ModelDefinition },
  { folder: 'destinations', kind: 'destination', schema: DestinationDefinition },
  { folder: 'notifiers', kind: 'notifier', schema: NotifierDefinition },
  { folder: 'syncs', kind: 'sync', schema: SyncDefinition },
  { folder: 'segments', kind: 'segment', schema: z.strictObject({ filter: Filter }) },
  { folder: 'campaigns', kind: 'campaign', schema: CampaignDefinition },
  { folder: 'canvases', kind: 'canvas', schema: CanvasDefinition },
] as const

const ProjectFile = z.strictObject({ version: z.literal(1), name: z.string().optional() })

/** Where a project keeps what is different in one of its environments, such as `staging`. */
const overlays = 'environments'

export interface ReadOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The environment whose files are laid over the project's own; none when absent. */
  readonly overlay?: string
  /** Which kinds to read; all by default. */
  readonly kinds?: readonly ResourceKind[]
}

/** Reads a project. Throws `invalid` with every problem of every file, each with `file:line:column`. */
export async function readProject(folder: string, options: ReadOptions): Promise<Resource[]> {
  const { resources, problems } = await scanProject(folder, options)
  requireNone(problems)
  return resources
}

/** Reads a project; returns what could be read and every problem of every file. Throws where there is no project. */
export async function scanProject(
  folder: string,
  options: ReadOptions,
): Promise<{ readonly resources: Resource[]; readonly problems: readonly ErrorDetail[] }> {
  const root = resolve(folder)
  const rootFile = join(root, 'muster.yaml')
  if (!existsSync(rootFile)) {
    throw invalid('no_project', `there is no muster.yaml in ${root}`, {
      hint: 'Go to the project’s folder or name it with --project DIR; muster init makes a new one.',
    })
  }
  const over = options.overlay === undefined ? null : await overlayFolder(root, options.overlay)
  const problems: ErrorDetail[] = []
  const resources: Resource[] = []
  const main = readYaml('muster.yaml', await readFile(rootFile, 'utf8'), options.environment)
  collect(main, parseFile(main, ProjectFile), problems)
  for (const { folder: part, kind, schema } of projectFolders) {
    if (options.kinds && !options.kinds.includes(kind)) continue
    for (const path of await yamlFiles([root, ...(over === null ? [] : [join(root, over)])], part)) {
      const resource = await readResource(
        { root, over, path, kind, schema, environment: options.environment },
        problems,
      )
      if (resource) resources.push(resource)
    }
  }
  sortSyncs(resources)
  problems.push(...strayFolders(await readdir(root), [...folderNames, overlays]))
  if (over !== null) problems.push(...strayFolders(await readdir(join(root, over)), folderNames))
  return { resources, problems }
}

/** Throws `invalid` with the problems of a project, where there are any. */
export function requireNone(problems: readonly ErrorDetail[]): void {
  if (problems.length === 0) return
  const count = `${problems.length} problem${problems.length === 1 ? '' : 's'}`
  throw invalid('bad_project', `the project has ${count}`, { details: problems })
}

/** The folder of an environment; `invalid` with the nearest one where there is none of that name. */
async function overlayFolder(root: string, name: string): Promise<string> {
  const found = await readdir(join(root, overlays), { withFileTypes: true }).catch(() => [])
  const names = found.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  if (names.includes(name)) return `${overlays}/${name}`
  const near = nearest(name, names)
  throw invalid(
    'no_environment',
    `the project has no environment ${name}${near ? `; did you mean ${near}?` : ''}`,
    {
      hint:
        names.length > 0
          ? `There are: ${names.join(', ')}.`
          : `Put what is different there into ${overlays}/${name}/, in files of the same names.`,
    },
  )
}

interface ResourceFile {
  readonly root: string
  /** The folder of the environment whose files lie over the project's own. */
  readonly over: string | null
  readonly path: string
  readonly kind: ResourceKind
  readonly schema: z.ZodType<Readonly<Record<string, unknown>>>
  readonly environment: ReadOptions['environment']
}

async function readResource(of: ResourceFile, problems: ErrorDetail[]): Promise<Resource | null> {
  const { root, path, kind, schema } = of
  const file = await readLaidOver(of)
  const name = path.slice(path.indexOf('/') + 1).replace(/\.ya?ml$/, '')
  if (!Slug.safeParse(name).success) {
    problems.push({ where: path, message: 'the file’s name must be lower-case letters, digits, - or _' })
  }
  const value = kind === 'model' ? await withRows(of, file, problems) : file.value
  const parsed = parseFile(file, schema, value)
  const definition = collect(file, parsed, problems)
  if (!definition) return null
  // The file's own words are what the server stores; the parsed value only proves them.
  const stated = isObject(value) ? value : {}
  const sqlFile =
    kind === 'model' && isObject(file.value) && !('sql' in file.value) ? sqlFileOf(of) : undefined
  return {
    kind,
    name,
    definition: withAbsolutePaths(root, kind, stated),
    file,
    ...(sqlFile === undefined ? {} : { sqlFile }),
  }
}

/** The project's own file, the environment's one, or the one over the other. */
async function readLaidOver({ root, over, path, environment }: ResourceFile): Promise<YamlFile> {
  const read = async (at: string): Promise<YamlFile> =>
    readYaml(at, await readFile(join(root, at), 'utf8'), environment)
  const overPath = over === null ? null : `${over}/${path}`
  if (overPath === null || !existsSync(join(root, overPath))) return read(path)
  return existsSync(join(root, path)) ? layOver(await read(path), await read(overPath)) : read(overPath)
}

function collect<T>(file: YamlFile, parsed: T | readonly ErrorDetail[], problems: ErrorDetail[]): T | null {
  problems.push(...file.problems)
  if (file.value === null && file.problems.length > 0) return null
  if (!Array.isArray(parsed)) return parsed as T
  problems.push(...parsed)
  return null
}

/** The model with what it reads: the SQL of the file beside it, or the place that dbt's manifest tells. */
async function withRows(of: ResourceFile, file: YamlFile, problems: ErrorDetail[]): Promise<unknown> {
  if (!isObject(file.value) || 'table' in file.value) return file.value
  if (!('dbt' in file.value)) return withSql(of, file.value)
  const { value, problem } = await withDbtRows(of.root, file.value)
  if (problem !== null) problems.push({ where: file.locate(['dbt', problem.at]), message: problem.message })
  return value
}

/** A model's SQL stands in a `.sql` file beside its `.yaml`, where editors know it for what it is. */
async function withSql(of: ResourceFile, value: unknown): Promise<unknown> {
  const beside = sqlFileOf(of)
  if (!isObject(value) || 'sql' in value || beside === undefined) return value
  return { ...value, sql: await readFile(join(of.root, beside), 'utf8') }
}

/** The `.sql` file beside the `.yaml`, the environment's before the project's own; relative to the project's folder. */
function sqlFileOf({ root, over, path }: ResourceFile): string | undefined {
  const beside = path.replace(/\.ya?ml$/, '.sql')
  const places = over === null ? [beside] : [join(over, beside), beside]
  return places.find((place) => existsSync(join(root, place)))
}

/** The path of a source or a destination, and where a sync looks for dbt's results, count from the project's folder. */
function withAbsolutePaths(
  root: string,
  kind: ResourceKind,
  definition: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { config, schedule } = definition
  if ((kind === 'source' || kind === 'destination') && isObject(config) && typeof config.path === 'string')
    return { ...definition, config: { ...config, path: resolve(root, config.path) } }
  if (kind !== 'sync' || !isObject(schedule) || !isObject(schedule.dbt)) return { ...definition }
  const { run_results: path } = schedule.dbt
  if (typeof path !== 'string') return { ...definition }
  return { ...definition, schedule: { dbt: { ...schedule.dbt, run_results: resolve(root, path) } } }
}

/** A sync that runs after another is deployed after it. */
function sortSyncs(resources: Resource[]): void {
  const afterOf = new Map<string, string>()
  for (const { kind, name, definition } of resources) {
    const { schedule } = definition
    if (kind === 'sync' && isObject(schedule) && typeof schedule.after === 'string')
      afterOf.set(name, schedule.after)
  }
  const depth = (name: string): number => {
    let steps = 0
    for (let at = afterOf.get(name); at !== undefined && steps <= afterOf.size; at = afterOf.get(at)) steps++
    return steps
  }
  const first = resources.findIndex(({ kind }) => kind === 'sync')
  const syncs = resources.filter(({ kind }) => kind === 'sync')
  syncs.sort((a, b) => depth(a.name) - depth(b.name))
  if (first >= 0) resources.splice(first, syncs.length, ...syncs)
}

/** The YAML files of a folder in any of the roots, each once. */
async function yamlFiles(roots: readonly string[], folder: string): Promise<string[]> {
  const names = await Promise.all(roots.map((root) => readdir(join(root, folder)).catch(() => [])))
  return [...new Set(names.flat())]
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => `${folder}/${name}`)
}

const folderNames: readonly string[] = projectFolders.map((part) => part.folder)

/** A folder that is nearly one of ours is a typo, not somebody's own folder. */
function strayFolders(names: readonly string[], known: readonly string[]): ErrorDetail[] {
  return names.flatMap((name) => {
    const meant = known.includes(name) ? null : nearest(name, known)
    return meant === null
      ? []
      : [{ where: `${name}/`, message: `this folder is not read; is ${meant}/ meant?` }]
  })
}
