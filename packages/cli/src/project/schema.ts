import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectors } from '@muster/connectors/registry.ts'
import { isObject } from '@muster/core/lib/json.ts'
import { z } from 'zod'
import { makeFolder } from '../make-folder.ts'
import { projectFolders, type ResourceKind } from './project.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/**
 * The JSON schema (draft 2020-12) of the files of each folder, for editors. It is made of the schemas that `validate`
 * goes by; what those say beyond JSON Schema (two keys that exclude each other, an address that may not be reached) only
 * `validate` says.
 */
async function projectSchemas(): Promise<ReadonlyMap<ResourceKind, JsonSchema>> {
  const schemas = new Map<ResourceKind, JsonSchema>()
  for (const { kind, schema } of projectFolders) {
    const json = toJson(schema)
    schemas.set(kind, {
      ...json,
      title: `Muster ${kind}`,
      ...(kind === 'model' ? withoutRequired(json, 'sql') : {}),
      ...(kind === 'source' ? await byType(connectors.sources) : {}),
      ...(kind === 'destination' ? await byType(connectors.destinations) : {}),
      ...(kind === 'notifier' ? await byType(connectors.notifiers) : {}),
    })
  }
  return schemas
}

/** Writes the schemas into a folder, `<kind>.schema.json`; returns the paths. */
export async function writeSchemas(directory: string): Promise<string[]> {
  await makeFolder(directory)
  const paths: string[] = []
  for (const [kind, schema] of await projectSchemas()) {
    const path = join(directory, `${kind}.schema.json`)
    await writeFile(path, `${JSON.stringify(schema, null, 2)}\n`)
    paths.push(path)
  }
  return paths
}

function toJson(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => forEditors(jsonSchema),
  })
}

/** Formats that JSON Schema knows; a strict validator refuses a schema that names another. */
const knownFormats = ['date', 'date-time', 'email', 'hostname', 'ipv4', 'ipv6', 'time', 'uri', 'uuid']

/** `${NAME}` may stand wherever text stands, whatever the text must look like once its value is in its place. */
function forEditors(json: z.core.JSONSchema.BaseSchema): void {
  if (json.type !== 'string') return
  if (json.format !== undefined && !knownFormats.includes(json.format)) delete json.format
  const { pattern, format, minLength, maxLength, enum: words } = json
  const isAny = pattern === undefined && format === undefined && words === undefined && (minLength ?? 0) <= 1
  if (isAny) return
  const judged = { type: json.type, pattern, format, minLength, maxLength, enum: words }
  for (const key of Object.keys(judged) as (keyof typeof judged)[]) delete json[key]
  const stated = Object.fromEntries(Object.entries(judged).filter(([, value]) => value !== undefined))
  json.anyOf = [stated, { type: 'string', pattern: String.raw`\$\{[A-Z][A-Z0-9_]*\}` }]
}

/** A model's SQL may stand in the file beside it. */
function withoutRequired(json: JsonSchema, key: string): JsonSchema {
  const branches = Array.isArray(json.anyOf)
    ? {
        anyOf: json.anyOf.map((branch) =>
          isObject(branch) ? { ...branch, ...withoutRequired(branch, key) } : branch,
        ),
      }
    : {}
  if (!Array.isArray(json.required)) return branches
  return { ...branches, required: json.required.filter((name) => name !== key) }
}

interface Configured {
  readonly title: string
  readonly config: z.ZodType
}

/** Which types there are, and what the configuration of each is. */
async function byType(loaders: { readonly [name: string]: () => Promise<Configured> }): Promise<JsonSchema> {
  const known = await Promise.all(
    Object.entries(loaders).map(async ([name, load]) => ({ name, ...(await described(load)) })),
  )
  return {
    properties: {
      type: { oneOf: known.map(({ name, title }) => ({ const: name, title })) },
      config: { type: 'object' },
    },
    allOf: known.map(({ name, config }) => ({
      if: { properties: { type: { const: name } } },
      // biome-ignore lint/suspicious/noThenProperty: the word of JSON Schema
      then: { properties: { config } },
    })),
  }
}

async function described(load: () => Promise<Configured>): Promise<{ title: string; config: JsonSchema }> {
  const { title, config } = await load()
  const { $schema: _, ...json } = toJson(config)
  return { title, config: json }
}
