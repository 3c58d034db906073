import { z } from 'zod'

/** An OpenAPI document as far as this test reads it. */
const Schema = z.record(z.string(), z.json())
const Answer = z.union([
  z.object({ $ref: z.string() }),
  z.object({ content: z.record(z.string(), z.object({ schema: Schema })) }),
])
const Operation = z.object({
  operationId: z.string(),
  'x-muster-offered': z.boolean().optional(),
  responses: z.record(z.string(), Answer),
})
const OpenApi = z.object({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({
    schemas: z.record(z.string(), Schema),
    responses: z.record(z.string(), Answer),
  }),
})

export interface Described {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly offered: boolean
  /** False where the document has nothing but errors for it. */
  readonly succeeds: boolean
}

export interface Call {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A server known by its own OpenAPI document: every answer is held to it. */
export interface DescribedServer {
  readonly operations: readonly Described[]
  /** Throws where the document knows no such answer: neither its status nor its body. */
  call(id: string, call?: Call): Promise<{ readonly status: number; readonly body: unknown }>
}

export async function describedServer(address: string): Promise<DescribedServer> {
  const document = OpenApi.parse(await (await fetch(`${address}/openapi.json`)).json())
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      offered: operation['x-muster-offered'] ?? true,
      succeeds: Object.keys(operation.responses).some((status) => status.startsWith('2')),
      responses: operation.responses,
    })),
  )
  const schemaOf = (answer: z.output<typeof Answer>, type: string): z.ZodType | null => {
    const found =
      '$ref' in answer ? document.components.responses[answer.$ref.split('/').at(-1) ?? ''] : answer
    const schema = found && 'content' in found ? found.content[type]?.schema : undefined
    if (!schema) return null
    // The converter knows references below $defs only.
    const whole = JSON.stringify({ ...schema, $defs: document.components.schemas })
    return z.fromJSONSchema(JSON.parse(whole.replaceAll('#/components/schemas/', '#/$defs/')))
  }
  const call = async (id: string, { params = {}, query = '', body, headers = {} }: Call = {}) => {
    const operation = operations.find((one) => one.id === id)
    if (!operation) throw new Error(`the document has no operation ${id}`)
    const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name] ?? 'x'))
    const response = await fetch(`${address}${path}${query}`, {
      method: operation.method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const { status } = response
    const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? ''
    const text = await response.text()
    const answered: unknown = type === 'application/json' ? JSON.parse(text) : text
    const said = `${operation.method} ${path} answered ${status} ${text.slice(0, 300)}`
    const described = operation.responses[status] ?? operation.responses.default
    const schema = described ? schemaOf(described, type) : null
    if (!schema) throw new Error(`${said}: the document knows no such answer`)
    // A success that falls under "default", the errors, is not described.
    if (status < 400 && !operation.responses[status])
      throw new Error(`${said}: that success is not described`)
    const checked = schema.safeParse(answered)
    if (!checked.success) throw new Error(`${said}: ${z.prettifyError(checked.error)}`)
    return { status, body: answered }
  }
  return { operations, call }
}
