import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import type { ResourceChange } from '@muster/core/api/sync.ts'
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
  SourceDefinition,
  SyncDefinition,
} from '@muster/core/sync/definition.ts'
import { z } from 'zod'
import { parseFile, readYaml, type YamlFile } from './yaml-file.ts'

export type ResourceKind = ResourceChange['kind']

/** One resource of a project: what its file says, checked. */
export interface Resource {
  readonly kind: ResourceKind
  readonly name: string
  readonly definition: Readonly<Record<string, unknown>>
  readonly file: YamlFile
}

/** The folders of a project, in the order in which what they hold depends on one another. */
export const projectFolders = [
  { folder: 'sources', kind: 'source', schema: SourceDefinition },
  { folder: 'models', kind: 'model', schema: ModelDefinition },
  { folder: 'destinations', kind: 'destination', schema: DestinationDefinition },
  { folder: 'syncs', kind: 'sync', schema: SyncDefinition },
  { folder: 'segments', kind: 'segment', schema: z.strictObject({ filter: Filter }) },
  { folder: 'campaigns', kind: 'campaign', schema: CampaignDefinition },
  { folder: 'canvases', kind: 'canvas', schema: CanvasDefinition },
] as const

const ProjectFile = z.strictObject({ version: z.literal(1), name: z.string().optional() })

export interface ReadOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Which kinds to read; all by default. */
  readonly kinds?: readonly ResourceKind[]
}

/** Reads a project. Throws `invalid` with every problem of every file, each with `file:line:column`. */
export async function readProject(folder: string, options: ReadOptions): Promise<Resource[]> {
  const root = resolve(folder)
  const rootFile = join(root, 'muster.yaml')
  if (!existsSync(rootFile)) {
    throw invalid('no_project', `there is no muster.yaml in ${root}`, {
      hint: 'Go to the project’s folder or name it with --project DIR; muster init makes a new one.',
    })
  }
  const problems: ErrorDetail[] = []
  const resources: Resource[] = []
  const main = readYaml('muster.yaml', await readFile(rootFile, 'utf8'), options.environment)
  collect(main, parseFile(main, ProjectFile), problems)
  for (const { folder: part, kind, schema } of projectFolders) {
    if (options.kinds && !options.kinds.includes(kind)) continue
    for (const path of await yamlFiles(root, part)) {
      const resource = await readResource(
        { root, path, kind, schema, environment: options.environment },
        problems,
      )
      if (resource) resources.push(resource)
    }
  }
  problems.push(...strayFolders(await readdir(root)))
  if (problems.length > 0) {
    throw invalid(
      'bad_project',
      `the project has ${problems.length} problem${problems.length === 1 ? '' : 's'}`,
      {
        details: problems,
      },
    )
  }
  return resources
}

interface ResourceFile {
  readonly root: string
  readonly path: string
  readonly kind: ResourceKind
  readonly schema: z.ZodType<Readonly<Record<string, unknown>>>
  readonly environment: ReadOptions['environment']
}

async function readResource(of: ResourceFile, problems: ErrorDetail[]): Promise<Resource | null> {
  const { root, path, kind, schema, environment } = of
  const file = readYaml(path, await readFile(join(root, path), 'utf8'), environment)
  const name = path.slice(path.indexOf('/') + 1).replace(/\.ya?ml$/, '')
  if (!Slug.safeParse(name).success) {
    problems.push({ where: path, message: 'the file’s name must be lower-case letters, digits, - or _' })
  }
  const value = kind === 'model' ? await withSql(root, path, file.value) : file.value
  const parsed = parseFile(file, schema, value)
  const definition = collect(file, parsed, problems)
  if (!definition) return null
  // The file's own words are what the server stores; the parsed value only proves them.
  const stated = isObject(value) ? value : {}
  return { kind, name, definition: kind === 'source' ? withAbsolutePath(root, stated) : stated, file }
}

function collect<T>(file: YamlFile, parsed: T | readonly ErrorDetail[], problems: ErrorDetail[]): T | null {
  problems.push(...file.problems)
  if (file.value === null && file.problems.length > 0) return null
  if (!Array.isArray(parsed)) return parsed as T
  problems.push(...parsed)
  return null
}

/** A model's SQL stands in a `.sql` file beside its `.yaml`, where editors know it for what it is. */
async function withSql(root: string, path: string, value: unknown): Promise<unknown> {
  const beside = join(root, path.replace(/\.ya?ml$/, '.sql'))
  if (!isObject(value) || 'sql' in value || !existsSync(beside)) return value
  return { ...value, sql: await readFile(beside, 'utf8') }
}

/** A path in a source's configuration counts from the project's folder. */
function withAbsolutePath(
  root: string,
  definition: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { config } = definition
  if (!isObject(config) || typeof config.path !== 'string' || isAbsolute(config.path))
    return { ...definition }
  return { ...definition, config: { ...config, path: join(root, config.path) } }
}

async function yamlFiles(root: string, folder: string): Promise<string[]> {
  const names = await readdir(join(root, folder)).catch(() => [])
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => `${folder}/${name}`)
}

/** A folder that is nearly one of ours is a typo, not somebody's own folder. */
function strayFolders(names: readonly string[]): ErrorDetail[] {
  const known: readonly string[] = projectFolders.map((part) => part.folder)
  return names.flatMap((name) => {
    const meant = known.includes(name) ? null : nearest(name, known)
    return meant === null
      ? []
      : [{ where: `${name}/`, message: `this folder is not read; is ${meant}/ meant?` }]
  })
}
