import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Client } from '@muster/core/api/client.ts'
import type { Routes } from '@muster/core/api/routes.ts'
import { MusterError } from '@muster/core/lib/error.ts'
import { makeFolder } from '../make-folder.ts'
import { deployResource } from './deploy.ts'
import { projectFolders, type ReadOptions, type Resource, readProject } from './project.ts'
import { type ServerResource, serverResources } from './server-resources.ts'
import { changedFile, newFile, type WrittenFile } from './written-file.ts'

export interface FileChange {
  /** Relative to the project's folder. */
  readonly path: string
  readonly change: 'create' | 'update' | 'unchanged'
}

export interface Exported {
  readonly files: readonly FileChange[]
  /** Files whose resource the server does not have: they are left as they are. */
  readonly onlyHere: readonly string[]
}

/**
 * Brings what the server has into a project's files, or with `dryRun` only says what that would do. A file that says
 * what the server has is not touched; one that differs keeps its comments and its names of the environment. Throws
 * `invalid` where the project cannot be read.
 */
export async function exportProject(
  client: Client<Routes>,
  folder: string,
  options: Pick<ReadOptions, 'environment' | 'kinds'> & { readonly dryRun: boolean },
): Promise<Exported> {
  const root = resolve(folder)
  const isNew = !existsSync(join(root, 'muster.yaml'))
  const here = isNew ? [] : await readProject(root, options)
  const there = await serverResources(client, options.kinds)
  const files: FileChange[] = []
  if (isNew) files.push(await put(root, 'muster.yaml', 'version: 1\n', options.dryRun))
  for (const resource of there) {
    const standing = here.find(({ kind, name }) => kind === resource.kind && name === resource.name)
    files.push(...(await exportResource({ client, root, resource, standing, dryRun: options.dryRun })))
  }
  const known = new Set(there.map(({ kind, name }) => `${kind} ${name}`))
  const onlyHere = here.filter(({ kind, name }) => !known.has(`${kind} ${name}`)).map(({ file }) => file.path)
  return { files, onlyHere }
}

interface OneExport {
  readonly client: Client<Routes>
  readonly root: string
  readonly resource: ServerResource
  readonly standing: Resource | undefined
  readonly dryRun: boolean
}

async function exportResource(one: OneExport): Promise<FileChange[]> {
  const { client, root, resource, standing, dryRun } = one
  const folder = projectFolders.find(({ kind }) => kind === resource.kind)?.folder
  const path = standing?.file.path ?? `${folder}/${resource.name}.yaml`
  const sqlPath = path.replace(/\.ya?ml$/, '.sql')
  if (standing && (await saysTheSame(client, standing))) return [{ path, change: 'unchanged' }]
  const texts = standing
    ? await changedTexts({ root, path, sqlPath, standing, resource })
    : newFile(resource, root)
  const yaml = await put(root, path, texts.yaml, dryRun)
  return texts.sql === null ? [yaml] : [yaml, await put(root, sqlPath, texts.sql, dryRun)]
}

/** The server itself says whether a file differs: it alone knows the secrets. Where it cannot, the texts decide. */
async function saysTheSame(client: Client<Routes>, standing: Resource): Promise<boolean> {
  try {
    return (await deployResource(client, standing, true)).change === 'unchanged'
  } catch (error) {
    if (error instanceof MusterError) return false
    throw error
  }
}

async function changedTexts(of: {
  readonly root: string
  readonly path: string
  readonly sqlPath: string
  readonly standing: Resource
  readonly resource: ServerResource
}): Promise<WrittenFile> {
  const { root, path, sqlPath, standing, resource } = of
  const hasSql = resource.kind === 'model' && existsSync(join(root, sqlPath))
  return changedFile(
    {
      yaml: await readFile(join(root, path), 'utf8'),
      sql: hasSql ? await readFile(join(root, sqlPath), 'utf8') : null,
      stated: standing.definition,
    },
    resource,
    root,
  )
}

async function put(root: string, path: string, text: string, dryRun: boolean): Promise<FileChange> {
  const target = join(root, path)
  const before = existsSync(target) ? await readFile(target, 'utf8') : null
  if (before === text) return { path, change: 'unchanged' }
  if (!dryRun) {
    await makeFolder(dirname(target))
    await writeFile(target, text)
  }
  return { path, change: before === null ? 'create' : 'update' }
}
