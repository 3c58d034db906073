import { z } from 'zod'

export interface JsonSchema {
  readonly [key: string]: unknown
  readonly properties?: Readonly<Record<string, object>>
  readonly required?: readonly string[]
}

/** The JSON Schemas of one OpenAPI document; what refers to itself rests in its components. */
export interface Schemas {
  of(schema: z.ZodType, io: 'input' | 'output', name: string): JsonSchema
  readonly components: Readonly<Record<string, object>>
}

export function createSchemas(): Schemas {
  const components: Record<string, object> = {}
  const of: Schemas['of'] = (schema, io, name) => {
    const { $schema: _, $defs = {}, ...root } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
    // A definition without a name of its own takes that of its operation, so that two never meet.
    const nameOf = (definition: string): string =>
      definition.startsWith('__') ? `${name}${definition}` : `${definition}_${io}`
    for (const [definition, content] of Object.entries($defs)) {
      components[nameOf(definition)] = pointed(content, nameOf, name)
    }
    const pointedRoot = pointed(root, nameOf, name)
    if (!JSON.stringify(pointedRoot).includes(`"#/components/schemas/${name}"`)) return pointedRoot
    components[name] = pointedRoot
    return { $ref: `#/components/schemas/${name}` }
  }
  return { of, components }
}

/** Turns references into the schema into references into the document. */
function pointed(schema: object, nameOf: (definition: string) => string, root: string): JsonSchema {
  const text = JSON.stringify(schema, (key, value: unknown) => {
    if (key !== '$ref' || typeof value !== 'string') return value
    if (value === '#') return `#/components/schemas/${root}`
    return `#/components/schemas/${nameOf(value.replace('#/$defs/', ''))}`
  })
  return JSON.parse(text)
}

export function jsonBody(schema: object): object {
  return { required: true, content: { 'application/json': { schema } } }
}

export function jsonResponse(description: string, schema: object): object {
  return { description, content: { 'application/json': { schema } } }
}

interface Place {
  readonly schema: z.ZodType
  readonly place: 'path' | 'query' | 'header'
  readonly name: string
}

export function parameters(schemas: Schemas, { schema, place, name }: Place): object[] {
  const { properties = {}, required = [] } = schemas.of(schema, 'input', `${name}_${place}`)
  return Object.entries(properties).map(([parameter, of]) => ({
    name: parameter,
    in: place,
    required: place === 'path' || required.includes(parameter),
    schema: of,
  }))
}
