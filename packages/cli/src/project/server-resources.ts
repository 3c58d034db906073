import type { Client } from '@muster/core/api/client.ts'
import type { Routes } from '@muster/core/api/routes.ts'
import { assertNever } from '@muster/core/lib/assert-never.ts'
import { withoutDbtRows } from './dbt-model.ts'
import { projectFolders, type ResourceKind } from './project.ts'

/** A resource as the server has it; a secret's value is dots. */
export interface ServerResource {
  readonly kind: ResourceKind
  readonly name: string
  readonly definition: Readonly<Record<string, unknown>>
}

/** What the server has, as a project's files can say it, in the order of the project's folders; of these kinds, or of all. */
export async function serverResources(
  client: Client<Routes>,
  kinds?: readonly ResourceKind[],
): Promise<ServerResource[]> {
  const { halves } = await client.getStatus()
  const wanted = projectFolders
    .map(({ kind }) => kind)
    .filter((kind) => kinds === undefined || kinds.includes(kind))
    .filter((kind) => halves.includes(halfOf[kind]))
  const listed: ServerResource[][] = []
  for (const kind of wanted) listed.push(await list(client, kind))
  return listed.flat()
}

const halfOf: Readonly<Record<ResourceKind, 'sync' | 'engage'>> = {
  source: 'sync',
  model: 'sync',
  destination: 'sync',
  notifier: 'sync',
  sync: 'sync',
  segment: 'engage',
  campaign: 'engage',
  canvas: 'engage',
}

async function list(client: Client<Routes>, kind: ResourceKind): Promise<ServerResource[]> {
  const connection = (one: { name: string; type: string; config: object }): ServerResource => ({
    kind,
    name: one.name,
    definition: { type: one.type, config: one.config },
  })
  const defined = ({ name, definition }: { name: string; definition: object }): ServerResource => ({
    kind,
    name,
    definition: { ...definition },
  })
  switch (kind) {
    case 'source':
      return (await client.listSources()).map(connection)
    case 'model':
      return (await client.listModels())
        .map(defined)
        .map((model) => ({ ...model, definition: withoutDbtRows(model.definition) }))
    case 'destination':
      return (await client.listDestinations()).map(connection)
    case 'notifier':
      return (await client.listNotifiers()).map(connection)
    case 'sync':
      return (await client.listSyncs()).map(defined)
    case 'segment':
      return (await client.listSegments()).map(({ name, filter }) => ({ kind, name, definition: { filter } }))
    case 'campaign':
      return (await client.listCampaigns()).map(defined)
    case 'canvas':
      return (await client.listCanvases()).map(defined)
    default:
      return assertNever(kind)
  }
}

/** What the server has and a project's files have not. */
export async function onlyOnServer(
  client: Client<Routes>,
  inFiles: readonly { readonly kind: ResourceKind; readonly name: string }[],
  kinds?: readonly ResourceKind[],
): Promise<ServerResource[]> {
  const known = new Set(inFiles.map(({ kind, name }) => `${kind} ${name}`))
  return (await serverResources(client, kinds)).filter(({ kind, name }) => !known.has(`${kind} ${name}`))
}
