import type { Client } from '@muster/core/api/client.ts'
import type { ResourceChange } from '@muster/core/api/resource-change.ts'
import type { Routes } from '@muster/core/api/routes.ts'
import { CampaignDefinition } from '@muster/core/engage/campaign.ts'
import { CanvasDefinition } from '@muster/core/engage/canvas.ts'
import { Filter } from '@muster/core/engage/segment.ts'
import { assertNever } from '@muster/core/lib/assert-never.ts'
import { MusterError } from '@muster/core/lib/error.ts'
import type { Resource } from './project.ts'

/** Brings one resource to the server, or with `dryRun` only says what that would do. Errors name the resource's file. */
export async function deployResource(
  client: Client<Routes>,
  resource: Resource,
  dryRun: boolean,
): Promise<ResourceChange> {
  try {
    return await put(client, resource, dryRun)
  } catch (error) {
    throw error instanceof MusterError ? inFile(error, resource) : error
  }
}

async function put(
  client: Client<Routes>,
  { kind, name, definition }: Resource,
  dryRun: boolean,
): Promise<ResourceChange> {
  const params = { name }
  const query = { dry_run: dryRun ? 'true' : 'false' }
  switch (kind) {
    case 'source':
      return client.putSource({ params, query, body: definition })
    case 'model':
      return client.putModel({ params, query, body: definition })
    case 'destination':
      return client.putDestination({ params, query, body: definition })
    case 'notifier':
      return client.putNotifier({ params, query, body: definition })
    case 'sync':
      return client.putSync({ params, query, body: definition })
    case 'segment': {
      const filter = Filter.parse(definition.filter)
      const known = (await client.listSegments()).find((segment) => segment.name === name)
      const after = dryRun ? filter : (await client.putSegment({ params, body: { filter } })).filter
      return { kind, name, change: changeOf(known?.filter, after) }
    }
    case 'campaign': {
      const body = CampaignDefinition.parse(definition)
      const known = (await client.listCampaigns()).find((campaign) => campaign.name === name)
      if (!dryRun) await client.putCampaign({ params, body })
      return { kind, name, change: changeOf(known?.definition, body) }
    }
    case 'canvas': {
      const body = CanvasDefinition.parse(definition)
      const known = (await client.listCanvases()).find((canvas) => canvas.name === name)
      if (!dryRun) await client.putCanvas({ params, body })
      return { kind, name, change: changeOf(known?.definition, body) }
    }
    default:
      return assertNever(kind)
  }
}

function changeOf(before: unknown, after: unknown): ResourceChange['change'] {
  if (before === undefined) return 'create'
  return sameJson(before, after) ? 'unchanged' : 'update'
}

/** Equal as JSON, whatever the order of keys. */
function sameJson(a: unknown, b: unknown): boolean {
  const ordered = (value: unknown): string =>
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === 'object' && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([x], [y]) => (x < y ? -1 : 1)))
        : part,
    )
  return ordered(a) === ordered(b)
}

/** The server names a place by its key path; the person looks for it in a file. */
function inFile(error: MusterError, { file, sqlFile }: Resource): MusterError {
  const details = error.details.map((detail) => {
    const inSql = /^line (\d+)(?:, column (\d+))?$/.exec(detail.where ?? '')
    if (sqlFile !== undefined && inSql) {
      return { where: [sqlFile, inSql[1], inSql[2]].filter(Boolean).join(':'), message: detail.message }
    }
    const keys = (detail.where ?? '').split('.').filter((key) => key !== '' && key !== 'body')
    const isPath = /^[\w.]*$/.test(detail.where ?? '') && keys.length > 0
    const where = isPath
      ? file.locate(keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key)))
      : [file.path, detail.where].filter(Boolean).join(', ')
    return { where, message: detail.message }
  })
  const place = error.code === 'sql_error' && sqlFile !== undefined ? sqlFile : file.path
  const message = details.length > 0 ? error.message : `${place}: ${error.message}`
  return new MusterError(error.kind, error.code, message, {
    details,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
  })
}
