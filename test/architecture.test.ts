import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

/**
 * Who may import whom (design §2), as data. A file's unit is the longest prefix of its path that stands here; a unit
 * may always import itself. A type import counts as an import.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'core/lib': [],
  'core/sync': ['core/lib'],
  'core/braze': ['core/lib'],
  'core/engage': ['core/lib'],
  'core/api': ['core/lib', 'core/sync', 'core/braze', 'core/engage'],
  'connectors/http': ['core/sync', 'core/lib'],
  'connectors/sources': ['core/sync', 'core/lib'],
  'connectors/destinations': ['connectors/http', 'core/sync', 'core/braze', 'core/lib'],
  'connectors/notifiers': ['connectors/http', 'core/sync', 'core/lib'],
  'connectors/channels': ['core/engage', 'core/lib'],
  'connectors/conformance': ['core/sync', 'core/engage', 'core/braze', 'core/lib'],
  connectors: [
    'connectors/sources',
    'connectors/destinations',
    'connectors/notifiers',
    'core/sync',
    'core/lib',
  ],
  'server/db': ['core/lib'],
  'server/jobs': ['core/lib'],
  'server/sync': ['core/sync', 'core/lib', 'server/db', 'server/jobs'],
  'server/engage': ['core/engage', 'core/lib', 'server/db', 'server/jobs'],
  'server/http': [
    'core/api',
    'core/braze',
    'core/sync',
    'core/engage',
    'core/lib',
    'server/sync',
    'server/engage',
  ],
  server: [
    'core/api',
    'core/sync',
    'core/engage',
    'core/lib',
    'server/db',
    'server/http',
    'server/sync',
    'server/engage',
  ],
  web: ['core/api', 'core/sync', 'core/engage', 'core/lib'],
  cli: ['core/api', 'core/sync', 'core/engage', 'core/braze', 'core/lib', 'connectors', 'server', 'examples'],
  examples: ['core/braze', 'core/lib'],
}

/** Edges that the table forbids and that stand for a reason. */
const excepted: readonly { readonly from: RegExp; readonly to: string; readonly reason: string }[] = [
  {
    from: /^server\/sync\/.*\.test\.ts$/,
    to: 'connectors',
    reason: 'the half is tested against the real connectors; only its tests know them',
  },
  {
    from: /^connectors\/.*\.test\.ts$/,
    to: 'connectors/conformance',
    reason: 'the contract suite of its kind is how a connector is tested',
  },
  {
    from: /^server\/http\/.*\.test\.ts$/,
    to: 'server/db',
    reason: 'the surface is tested on a real database',
  },
]

/** core computes; these are the packages that compute with it. */
const corePackages = ['croner', 'liquidjs', 'zod']

interface Edge {
  readonly from: string
  readonly to: string
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.parentPath.includes('node_modules'),
    )
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
}

const sources = [
  ...['core', 'connectors', 'server', 'web', 'cli'].flatMap((name) => filesBelow(`packages/${name}/src`)),
  ...filesBelow('examples'),
]

/** `packages/core/src/lib/json.ts` → `core/lib/json.ts`. */
function moduleOf(path: string): string {
  return path.replace(/^packages\/([a-z]+)\/src\//, '$1/')
}

function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8')
  const forms = [
    /^(?:import|export)\b[^'"`;]*?\bfrom\s+'([^']+)'/gm,
    /^import\s+'([^']+)'/gm,
    /\bimport\(\s*'([^']+)'\s*\)/g,
  ]
  return forms.flatMap((form) => [...text.matchAll(form)].map((match) => match[1] ?? ''))
}

function resolveImport(path: string, specifier: string): string {
  if (specifier.startsWith('@muster/')) return specifier.slice('@muster/'.length)
  if (specifier.startsWith('.')) return moduleOf(relative(root, join(root, dirname(path), specifier)))
  return specifier
}

function unitOf(module: string): string | null {
  const units = Object.keys(allowed).filter((unit) => module === unit || module.startsWith(`${unit}/`))
  return units.sort((a, b) => b.length - a.length)[0] ?? null
}

const edges: Edge[] = sources.flatMap((path) =>
  importsOf(path).map((specifier) => ({ from: moduleOf(path), to: resolveImport(path, specifier) })),
)

describe('the architecture', () => {
  it('sees the sources and their imports', () => {
    expect(sources.length).toBeGreaterThan(60)
    expect(edges.filter((edge) => edge.to.startsWith('core/')).length).toBeGreaterThan(100)
    expect(edges).toContainEqual({ from: 'core/api/routes.ts', to: 'core/api/engage-routes.ts' })
  })

  it('has a unit for every source', () => {
    expect(sources.map(moduleOf).filter((module) => unitOf(module) === null)).toEqual([])
  })

  it('imports only along the allowed edges', () => {
    const wrong = edges.filter(({ from, to }) => {
      const [a, b] = [unitOf(from), unitOf(to)]
      if (
        a === null ||
        b === null ||
        a === b ||
        allowed[a]?.some((unit) => b === unit || b.startsWith(`${unit}/`))
      )
        return false
      return !excepted.some((exception) => exception.from.test(from) && b.startsWith(exception.to))
    })
    expect(wrong).toEqual([])
  })

  it('keeps core free of Node and of every package that does not only compute', () => {
    const outside = edges.filter(
      ({ from, to }) => from.startsWith('core/') && unitOf(to) === null && !from.endsWith('.test.ts'),
    )
    expect([...new Set(outside.map((edge) => edge.to))].sort()).toEqual(corePackages)
  })

  it('reads the environment in one file', () => {
    const readers = sources.filter((path) => /process\.env\b/.test(readFileSync(join(root, path), 'utf8')))
    expect(readers).toEqual(['packages/server/src/config.ts'])
  })

  it('knows HTTP statuses only at the edge', () => {
    const wrong = sources
      .filter((path) =>
        /packages\/(core\/src\/(sync|engage|lib)|server\/src\/(sync|engage|db|jobs))\//.test(path),
      )
      .filter((path) =>
        /\b(statusCode|reply\.code|\.code\(\d{3}\))/.test(readFileSync(join(root, path), 'utf8')),
      )
    expect(wrong).toEqual([])
  })

  it('names the documents’ paths truly', () => {
    const wrong = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...decisions()].flatMap((document) => {
      const text = readFileSync(join(root, document), 'utf8')
      const named = text.matchAll(
        /`((?:packages|test|bench|docs|examples|scripts)\/[\w./-]*)`|\]\(((?!https?:)[\w./-]+)\)/g,
      )
      return [...named].map((match) => match[1] ?? match[2] ?? '').filter((path) => !existsInTree(path))
    })
    expect(wrong).toEqual([])
  })

  it('ends every decision with what keeps it', () => {
    const unkept = decisions().filter((path) => {
      const last = readFileSync(join(root, path), 'utf8').trimEnd().split('\n\n').at(-1) ?? ''
      return !last.startsWith('Check: ')
    })
    expect(unkept).toEqual([])
  })
})

function decisions(): string[] {
  return readdirSync(join(root, 'docs/decisions')).map((name) => `docs/decisions/${name}`)
}

function existsInTree(path: string): boolean {
  try {
    readdirSync(join(root, path))
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOTDIR'
  }
}
