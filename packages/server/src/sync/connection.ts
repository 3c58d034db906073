import { isDeepStrictEqual } from 'node:util'
import { assertNever } from '@muster/core/lib/assert-never.ts'
import { adviceOf, invalid } from '@muster/core/lib/error.ts'
import { nearest } from '@muster/core/lib/nearest.ts'
import { compiledDialects } from '@muster/core/sync/compile/speech.ts'
import type { SealedDestination, SealedNotifier, SealedSource } from '@muster/core/sync/connector.ts'
import { DestinationDefinition, NotifierDefinition, SourceDefinition } from '@muster/core/sync/definition.ts'
import type { OpenDestination } from '@muster/core/sync/destination.ts'
import type { Dialect } from '@muster/core/sync/dialect.ts'
import type { SyncEngine } from '@muster/core/sync/engine.ts'
import type { OpenNotifier } from '@muster/core/sync/notifier.ts'
import { reportCheck } from '@muster/core/sync/report.ts'
import type { Catalog, OpenSource, SourceCheck } from '@muster/core/sync/source.ts'
import {
  type ConnectionKind,
  findConnection,
  getConnection,
  listConnections,
  type StoredConnection,
  storeConnection,
} from './connection-store.ts'
import type { SyncContext } from './context.ts'
import { parseDefinition } from './parse-definition.ts'
import { sendAllTo } from './sync-store.ts'

/** What a put would do, or did. */
export type DefinitionChange = 'create' | 'update' | 'unchanged'

/** What stands for a secret wherever a configuration is shown; in a put it keeps the stored one. */
const secretDots = '••••'

const definitionOf = {
  source: SourceDefinition,
  destination: DestinationDefinition,
  notifier: NotifierDefinition,
} as const

const checkDeadlineMs = 15_000
const browseDeadlineMs = 60_000

/** Connections as they may be shown. */
export async function showConnections(context: SyncContext, kind: ConnectionKind) {
  const all = await listConnections(context.database, kind)
  return all.map(({ name, type, config, secrets, updated_at }) => ({
    name,
    type,
    updated_at,
    config: { ...config, ...Object.fromEntries(Object.keys(secrets).map((field) => [field, secretDots])) },
  }))
}

/** Makes or changes a source, a destination or a notifier. Its configuration is proven by the connector before it is stored. */
export async function putConnection(
  context: SyncContext,
  kind: ConnectionKind,
  put: { readonly name: string; readonly body: unknown; readonly dryRun: boolean },
): Promise<DefinitionChange> {
  const { name, body, dryRun } = put
  const definition = parseDefinition(definitionOf[kind], body, `${kind} ${name}`)
  const connector = await loadConnector(context, kind, definition.type)
  const stored = await findConnection(context.database, kind, name)
  const known = stored?.type === definition.type ? openConfig(context, kind, stored) : {}
  const config = Object.fromEntries(
    Object.entries(definition.config).map(([field, value]) => [
      field,
      value === secretDots && connector.secrets.includes(field) ? known[field] : value,
    ]),
  )
  connector.parse(config)
  if (stored && stored.type === definition.type && isDeepStrictEqual(config, { ...known })) return 'unchanged'
  if (!dryRun) {
    const moves =
      kind === 'destination' &&
      stored !== null &&
      (await isElsewhere(context, stored, definition.type, config))
    await context.database.transaction(async (tx) => {
      await storeConnection(tx, kind, sealConfig(context, { kind, name, connector, config }))
      if (moves) await sendAllTo(tx, name)
    })
  }
  return stored ? 'update' : 'create'
}

/** Whether a destination would send to another place than it does. */
async function isElsewhere(
  context: SyncContext,
  stored: StoredConnection,
  type: string,
  config: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  if (stored.type !== type) return true
  const connector = await loadDestination(context, type)
  return connector.place(openConfig(context, 'destination', stored)) !== connector.place(config)
}

function sealConfig(
  context: SyncContext,
  one: {
    readonly kind: ConnectionKind
    readonly name: string
    readonly connector: SealedConnector
    readonly config: Readonly<Record<string, unknown>>
  },
): StoredConnection {
  const { kind, name, connector, config } = one
  const isSecret = ([field, value]: [string, unknown]): boolean =>
    connector.secrets.includes(field) && typeof value === 'string'
  const entries = Object.entries(config)
  return {
    name,
    type: connector.name,
    config: Object.fromEntries(entries.filter((entry) => !isSecret(entry))),
    secrets: Object.fromEntries(
      entries
        .filter(isSecret)
        .map(([field, value]) => [field, context.secrets.seal(String(value), { kind, name, field })]),
    ),
    updated_at: context.clock(),
  }
}

function openConfig(
  context: SyncContext,
  kind: ConnectionKind,
  { name, config, secrets }: StoredConnection,
): Readonly<Record<string, unknown>> {
  const opened = Object.entries(secrets).map(([field, sealed]) => [
    field,
    context.secrets.open(sealed, { kind, name, field }),
  ])
  return { ...config, ...Object.fromEntries(opened) }
}

/** Opens a stored source; the caller closes it. */
export async function openSource(context: SyncContext, name: string): Promise<OpenSource> {
  const stored = await getConnection(context.database, 'source', name)
  const connector = await loadSource(context, stored.type)
  return connector.open(openConfig(context, 'source', stored))
}

/** Opens a stored destination; its limits are those of its kind, or lower ones where its configuration says so. */
export async function openDestination(
  context: SyncContext,
  name: string,
): Promise<{ readonly limits: SealedDestination['limits']; readonly open: OpenDestination }> {
  const stored = await getConnection(context.database, 'destination', name)
  const connector = await loadDestination(context, stored.type)
  const open = connector.open(openConfig(context, 'destination', stored), context.io)
  const { limits } = connector
  const { requestsPerHour = limits.requestsPerHour, concurrency = limits.concurrency } = open
  return { limits: { ...limits, requestsPerHour, concurrency }, open }
}

/** The SQL that the source's models are written in. */
export async function dialectOf(context: SyncContext, name: string): Promise<Dialect> {
  const { type } = await getConnection(context.database, 'source', name)
  return (await loadSource(context, type)).dialect
}

/** Opens a stored notifier. */
export async function openNotifier(context: SyncContext, name: string): Promise<OpenNotifier> {
  const stored = await getConnection(context.database, 'notifier', name)
  const connector = await loadNotifier(context, stored.type)
  return connector.open(openConfig(context, 'notifier', stored), context.io)
}

/** Whether the source can be read, in one sentence, and by which engines; a failure is an answer, not an error. */
export async function checkSource(
  context: SyncContext,
  name: string,
): Promise<SourceCheck & { readonly engines: readonly SyncEngine[] }> {
  await getConnection(context.database, 'source', name)
  try {
    const source = await openSource(context, name)
    try {
      return { ...(await source.check()), engines: enginesOf(await dialectOf(context, name), source) }
    } finally {
      await source.close()
    }
  } catch (error) {
    return { ok: false, message: adviceOf(error), warnings: [], engines: ['local'] }
  }
}

/** The engines that a source has. */
export function enginesOf(dialect: Dialect, source: Pick<OpenSource, 'inWarehouse'>): readonly SyncEngine[] {
  if (!compiledDialects.some((one) => one === dialect)) return ['local']
  return source.inWarehouse ? ['local', 'checksums', 'warehouse'] : ['local', 'checksums']
}

/** What the source can read: schemas, tables and views, columns with types. */
export async function browseSource(context: SyncContext, name: string): Promise<Catalog> {
  const source = await openSource(context, name)
  try {
    return await source.browse(AbortSignal.timeout(browseDeadlineMs))
  } finally {
    await source.close()
  }
}

/** Whether endpoint and keys are good, in one sentence. Changes nothing at the destination. */
export async function checkDestination(context: SyncContext, name: string) {
  await getConnection(context.database, 'destination', name)
  try {
    const { open } = await openDestination(context, name)
    return reportCheck(await open.check(AbortSignal.timeout(checkDeadlineMs)))
  } catch (error) {
    return { ok: false, message: adviceOf(error) }
  }
}

type SealedConnector = SealedSource | SealedDestination | SealedNotifier

function loadConnector(context: SyncContext, kind: ConnectionKind, type: string): Promise<SealedConnector> {
  switch (kind) {
    case 'source':
      return loadSource(context, type)
    case 'destination':
      return loadDestination(context, type)
    case 'notifier':
      return loadNotifier(context, type)
    default:
      return assertNever(kind)
  }
}

function loadSource({ connectors }: SyncContext, type: string): Promise<SealedSource> {
  return known(connectors.sources, type, 'source')()
}

export function loadDestination({ connectors }: SyncContext, type: string): Promise<SealedDestination> {
  return known(connectors.destinations, type, 'destination')()
}

function loadNotifier({ connectors }: SyncContext, type: string): Promise<SealedNotifier> {
  return known(connectors.notifiers, type, 'notifier')()
}

function known<T>(registry: Readonly<Record<string, T>>, type: string, kind: ConnectionKind): T {
  const found = Object.hasOwn(registry, type) ? registry[type] : undefined
  if (found !== undefined) return found
  const names = Object.keys(registry)
  const near = nearest(type, names)
  throw invalid(
    'unknown_connector',
    `there is no ${kind} type ${type}${near ? `; did you mean ${near}?` : ''}`,
    {
      hint: `The ${kind} types are: ${names.join(', ')}.`,
      details: [{ where: 'type', message: `must be one of ${names.join(', ')}` }],
    },
  )
}

/** Of an engine that the source does not have. */
export function engineNotPossible(source: string, engine: SyncEngine): Error {
  const why =
    engine === 'checksums'
      ? 'computes no checksums'
      : 'cannot compare by itself: Muster has no session in which it writes there'
  return invalid('engine_not_possible', `the source ${source} ${why}`, {
    hint: 'Leave `engine` at local.',
    details: [{ where: 'engine', message: `${engine} is not possible with this source` }],
  })
}
