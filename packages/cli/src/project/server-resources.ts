import type { Client } from '@muster/core/api/client.ts'
import type { Routes } from '@muster/core/api/routes.ts'
import { withoutDbtRows } from './dbt-model.ts'
import type { ResourceKind } from './project.ts'

/** A resource as the server has it; a secret's value is dots. */
export interface ServerResource {
  readonly kind: ResourceKind
  readonly name: string
  readonly definition: Readonly<Record<string, unknown>>
}

/** Everything that a project's files can say, as the server has it now, in the order of the project's folders. */
export async function serverResources(client: Client<Routes>): Promise<ServerResource[]> {
  const connection =
    (kind: 'source' | 'destination' | 'notifier') =>
    (one: { name: string; type: string; config: object }) => ({
      kind,
      name: one.name,
      definition: { type: one.type, config: one.config },
    })
  const defined =
    (kind: ResourceKind) =>
    ({ name, definition }: { name: string; definition: object }): ServerResource => ({
      kind,
      name,
      definition: { ...definition },
    })
  return [
    ...(await client.listSources()).map(connection('source')),
    ...(await client.listModels())
      .map(defined('model'))
      .map((model) => ({ ...model, definition: withoutDbtRows(model.definition) })),
    ...(await client.listDestinations()).map(connection('destination')),
    ...(await client.listNotifiers()).map(connection('notifier')),
    ...(await client.listSyncs()).map(defined('sync')),
    ...(await client.listSegments()).map(
      ({ name, filter }): ServerResource => ({
        kind: 'segment',
        name,
        definition: { filter },
      }),
    ),
    ...(await client.listCampaigns()).map(defined('campaign')),
    ...(await client.listCanvases()).map(defined('canvas')),
  ]
}
