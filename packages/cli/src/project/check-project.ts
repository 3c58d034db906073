import { connectors } from '@muster/connectors/registry.ts'
import type { ErrorDetail } from '@muster/core/lib/error.ts'
import { isObject } from '@muster/core/lib/json.ts'
import { nearest } from '@muster/core/lib/nearest.ts'
import { parseWritten } from '@muster/core/lib/problems.ts'
import type { z } from 'zod'
import { type ReadOptions, type Resource, type ResourceKind, requireNone, scanProject } from './project.ts'
import { placed } from './yaml-file.ts'

interface Configured {
  readonly config: z.ZodType
}

/**
 * Reads a project and checks it without a server; returns what it has. Throws `invalid` with every problem of its files and of their
 * configurations; names that name nothing are told once all files can be read.
 */
export async function checkProject(folder: string, options: ReadOptions): Promise<readonly Resource[]> {
  const { resources, problems } = await scanProject(folder, options)
  const references = problems.length === 0 ? checkReferences(resources) : []
  requireNone([...problems, ...(await checkConnections(resources)), ...references])
  return resources
}

/** Takes what a project has; returns what its connectors say against the configuration of each source, destination and notifier. */
export async function checkConnections(resources: readonly Resource[]): Promise<ErrorDetail[]> {
  const problems = resources.map((resource) => {
    switch (resource.kind) {
      case 'source':
        return checkConnection(resource, connectors.sources)
      case 'destination':
        return checkConnection(resource, connectors.destinations)
      case 'notifier':
        return checkConnection(resource, connectors.notifiers)
      default:
        return []
    }
  })
  return (await Promise.all(problems)).flat()
}

async function checkConnection(
  { kind, definition, file }: Resource,
  loaders: { readonly [type: string]: () => Promise<Configured> },
): Promise<ErrorDetail[]> {
  const type = String(definition.type)
  const load = Object.hasOwn(loaders, type) ? loaders[type] : undefined
  if (!load) {
    const message = `there is no ${kind} type ${type}${meant(type, Object.keys(loaders))}`
    return [{ where: file.locate(['type']), message }]
  }
  const parsed = parseWritten((await load()).config, definition.config)
  return parsed.ok ? [] : placed(file, parsed.problems, ['config'])
}

/** Takes what a project has; returns every name in it that names nothing in it. */
function checkReferences(resources: readonly Resource[]): ErrorDetail[] {
  return resources.flatMap((resource) =>
    referencesOf(resource).flatMap(({ kind, name, keys }) => {
      const names = resources.filter((one) => one.kind === kind).map((one) => one.name)
      if (names.includes(name)) return []
      const message = `the project has no ${kind} ${name}${meant(name, names)}`
      return [{ where: resource.file.locate(keys), message }]
    }),
  )
}

interface Reference {
  readonly kind: ResourceKind
  readonly name: string
  readonly keys: readonly PropertyKey[]
}

function referencesOf({ kind, definition }: Resource): Reference[] {
  const to = (named: ResourceKind, keys: readonly string[]): Reference[] => {
    const name = keys.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), definition)
    return typeof name === 'string' ? [{ kind: named, name, keys }] : []
  }
  if (kind === 'model') return to('source', ['source'])
  if (kind === 'campaign' || kind === 'canvas') return to('segment', ['segment'])
  if (kind !== 'sync') return []
  const { alerts } = definition
  const notifiers: readonly unknown[] = isObject(alerts) && Array.isArray(alerts.to) ? alerts.to : []
  return [
    ...to('model', ['model']),
    ...to('destination', ['destination']),
    ...to('sync', ['schedule', 'after']),
    ...notifiers.map((name, index): Reference => {
      return { kind: 'notifier', name: String(name), keys: ['alerts', 'to', index] }
    }),
  ]
}

function meant(name: string, names: readonly string[]): string {
  const near = nearest(name, names)
  if (near !== null) return `; did you mean ${near}?`
  return names.length === 0 ? '' : `; there are ${names.join(', ')}`
}
