import { z } from 'zod'
import { assertNever } from '../lib/assert-never.ts'

/** How a person is named to a destination. */
export const Identifier = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('external_id'), value: z.string() }),
  z.object({ kind: z.literal('alias'), label: z.string(), name: z.string() }),
  z.object({ kind: z.literal('device_id'), value: z.string() }),
])
export type Identifier = z.infer<typeof Identifier>
export type IdentifierKind = Identifier['kind']
export const identifierKinds = ['external_id', 'alias', 'device_id'] as const

/**
 * Which column gives which identifier; of a list, the first that is present in a row wins.
 * In a project file: `external_id: customer_id`, `alias: { label: crm, name: crm_id }`, `device_id: last_device_id`.
 */
export const IdentifierColumn = z.union([
  z.strictObject({ external_id: z.string().min(1) }),
  z.strictObject({ alias: z.strictObject({ label: z.string().min(1), name: z.string().min(1) }) }),
  z.strictObject({ device_id: z.string().min(1) }),
])
export type IdentifierColumn = z.infer<typeof IdentifierColumn>

/** One text that two identifiers share only when they are the same. */
export function identifierKey(identifier: Identifier): string {
  switch (identifier.kind) {
    case 'external_id':
      return `external_id\u0000\u0000${identifier.value}`
    case 'alias':
      return `alias\u0000${identifier.label}\u0000${identifier.name}`
    case 'device_id':
      return `device_id\u0000\u0000${identifier.value}`
    default:
      return assertNever(identifier)
  }
}

/** How people write an identifier: `4711`, `alias:crm:C-12`, `device:8f3a`. */
export function formatIdentifier(identifier: Identifier): string {
  switch (identifier.kind) {
    case 'external_id':
      return identifier.value
    case 'alias':
      return `alias:${identifier.label}:${identifier.name}`
    case 'device_id':
      return `device:${identifier.value}`
    default:
      return assertNever(identifier)
  }
}

/** An identifier as the engines hold it: two texts that are equal only when the identifiers are the same. */
export interface PlainIdentifier {
  /** `external_id`, `device_id`, or `alias:` with the label. */
  readonly namespace: string
  readonly value: string
}

const aliasPrefix = 'alias:'

export function toPlain(identifier: Identifier): PlainIdentifier {
  switch (identifier.kind) {
    case 'external_id':
    case 'device_id':
      return { namespace: identifier.kind, value: identifier.value }
    case 'alias':
      return { namespace: aliasPrefix + identifier.label, value: identifier.name }
    default:
      return assertNever(identifier)
  }
}

/** The inverse of `toPlain`. */
export function fromPlain({ namespace, value }: PlainIdentifier): Identifier {
  if (namespace === 'external_id' || namespace === 'device_id') return { kind: namespace, value }
  return { kind: 'alias', label: namespace.slice(aliasPrefix.length), name: value }
}

/** The namespace that a column fills, and the name of the column. */
export function columnOf(column: IdentifierColumn): { readonly namespace: string; readonly name: string } {
  if ('external_id' in column) return { namespace: 'external_id', name: column.external_id }
  if ('device_id' in column) return { namespace: 'device_id', name: column.device_id }
  return { namespace: aliasPrefix + column.alias.label, name: column.alias.name }
}
