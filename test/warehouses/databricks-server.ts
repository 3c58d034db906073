import { randomBytes, randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { type Engine, Refused, type Running } from './duckdb-engine.ts'
import { type LocalServer, openServer, withinMoment } from './local-server.ts'
import { toDuckdb } from './spelling.ts'

/** What is used of the driver's own Thrift code, whose types are where it is installed. */
interface Thrift {
  readonly TBufferedTransport: {
    new (size: undefined, flush: (bytes: Buffer) => void): object
    receiver(take: (transport: object) => void): (bytes: Buffer) => void
  }
  readonly TBinaryProtocol: new (transport: object) => object
}
interface Service {
  readonly Processor: new (handler: Handler) => { process(input: object, output: object): void }
}
type Handler = Readonly<Record<string, (request: Asked) => Promise<object>>>

interface Handle {
  readonly operationId: { readonly guid: Buffer }
}
interface Asked {
  readonly statement: string
  readonly parameters?: readonly { readonly value: { readonly stringValue: string } }[]
  readonly operationHandle: Handle
  readonly sessionHandle: { readonly sessionId: { readonly guid: Buffer } }
}
interface Operation {
  readonly cancel: AbortController
  readonly started: Promise<Running>
}

const success = { statusCode: 0 }
const [runningState, finishedState, errorState] = [1, 2, 5]
const columnBased = 1
const protocolV8 = 0xa508
const typeIds: Readonly<Record<string, number>> = {
  BOOLEAN: 0,
  INTEGER: 3,
  BIGINT: 4,
  DOUBLE: 6,
  TIMESTAMP: 8,
  DATE: 17,
}

/**
 * Databricks' Thrift over HTTP on TLS, over DuckDB, by the driver's own generated code: sessions, statements, states, metadata,
 * results by column in chunks, cancellation, errors. Tokens `reader` and `writer`.
 */
export async function openDatabricksServer(
  engine: Engine,
  tls: { readonly key: string; readonly cert: string },
): Promise<LocalServer> {
  const require = createRequire(import.meta.url)
  const { TBufferedTransport, TBinaryProtocol }: Thrift = require('thrift')
  const { Processor }: Service = require('@databricks/sql/thrift/TCLIService')
  const operations = new Map<string, Operation>()
  return openServer(async (request, _url, body) => {
    const user = /^Bearer (reader|writer)$/.exec(request.headers.authorization ?? '')?.[1]
    if (user === undefined) return { status: 401, body: 'Unauthorized' }
    const answered = new Promise<Buffer>((resolve, reject) => {
      const output = new TBinaryProtocol(new TBufferedTransport(undefined, resolve))
      const take = (transport: object): void => {
        new Processor(handlerOf(engine, operations, user)).process(new TBinaryProtocol(transport), output)
      }
      try {
        TBufferedTransport.receiver(take)(body)
      } catch (error) {
        reject(error)
      }
    })
    return { headers: { 'content-type': 'application/x-thrift' }, body: await answered }
  }, tls)
}

/** The generated code calls back unless a handler has one parameter. */
function handlerOf(engine: Engine, operations: Map<string, Operation>, user: string): Handler {
  const found = ({ operationHandle }: Asked): Operation => {
    const operation = operations.get(operationHandle.operationId.guid.toString('hex'))
    if (!operation) throw new Error('no such operation')
    return operation
  }
  const identifier = (): object => ({ guid: newGuid(), secret: randomBytes(16) })
  return {
    OpenSession: async (_request) => ({
      status: success,
      serverProtocolVersion: protocolV8,
      sessionHandle: { sessionId: identifier(), serverProtocolVersion: protocolV8 },
    }),
    CloseSession: async (_request) => ({ status: success }),
    ExecuteStatement: async ({ statement, parameters = [] }) => {
      const guid = newGuid()
      const sql = toDuckdb(statement, { doubleQuotedText: true })
        .replaceAll('current_user()', `'${user}'`)
        .replaceAll('is_account_group_member(grantee)', 'false')
      const cancel = new AbortController()
      const values = parameters.map(({ value }) => value.stringValue)
      const started = engine.run(sql, { values, user, signal: cancel.signal })
      started.catch(() => {})
      operations.set(guid.toString('hex'), { started, cancel })
      const operationId = { guid, secret: randomBytes(16) }
      const operationHandle = { operationId, operationType: 0, hasResultSet: true }
      return { status: success, operationHandle, ...(await directResults({ started, cancel })) }
    },
    GetOperationStatus: async (request) => ({ status: success, ...(await stateOf(found(request))) }),
    GetResultSetMetadata: async (request) => metadataOf(await found(request).started),
    FetchResults: async (request) => {
      try {
        const running = await found(request).started
        const rows = await running.next()
        return { status: success, hasMoreRows: rows !== null, results: rowSet(running, rows ?? []) }
      } catch (error) {
        return { status: { statusCode: 3, errorMessage: messageOf(error) } }
      }
    },
    CancelOperation: async (request) => {
      found(request).cancel.abort()
      return { status: success }
    },
    CloseOperation: async (request) => {
      found(request)
        .started.then((running) => running.close())
        .catch(() => {})
      operations.delete(request.operationHandle.operationId.guid.toString('hex'))
      return { status: success }
    },
  }
}

/** The driver shows identifiers, so they must be true UUIDs. */
function newGuid(): Buffer {
  return Buffer.from(randomUUID().replaceAll('-', ''), 'hex')
}

function metadataOf({ columns }: Running): object {
  const described = columns.map(({ name, type }, index) => ({
    columnName: name,
    position: index + 1,
    typeDesc: {
      types: [{ primitiveEntry: { type: typeIds[type] ?? (type.startsWith('DECIMAL') ? 15 : 7) } }],
    },
  }))
  return { status: success, schema: { columns: described }, resultFormat: columnBased }
}

/** What is known at once comes with the answer, as a workspace does it. */
async function directResults(operation: Operation): Promise<object> {
  const operationStatus = { status: success, ...(await stateOf(operation)) }
  const running = await withinMoment(operation.started).catch(() => null)
  return {
    directResults: { operationStatus, ...(running ? { resultSetMetadata: metadataOf(running) } : {}) },
  }
}

async function stateOf(operation: Operation): Promise<object> {
  try {
    const running = await withinMoment(operation.started)
    return { operationState: running ? finishedState : runningState, hasResultSet: true }
  } catch (error) {
    return { operationState: errorState, sqlState: '42000', displayMessage: messageOf(error) }
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Refused)) throw error
  const place = error.line === null ? '' : `; line ${error.line} pos ${(error.column ?? 1) - 1}`
  return `${error.message}${place}`
}

/** Every column as text: the sources cast, and describe reads no rows. Nulls are a bit each, the lowest first. */
function rowSet(running: Running, rows: readonly (readonly (string | null)[])[]): object {
  const columns = running.columns.map((_, index) => {
    const nulls = Buffer.alloc(Math.ceil(rows.length / 8))
    const values = rows.map((row, n) => {
      const value = row[index] ?? null
      if (value === null) nulls[n >> 3] = (nulls[n >> 3] ?? 0) | (1 << (n & 7))
      return value ?? ''
    })
    return { stringVal: { values, nulls } }
  })
  return { startRowOffset: 0, rows: [], columns }
}
