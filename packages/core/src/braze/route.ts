import { z } from 'zod'
import { hasForbiddenCharacter, utf8Length } from '../lib/text.ts'
import { userLimits } from './limits.ts'

/**
 * One operation of the Braze surface, for the OpenAPI document. The parsers of this folder decide what is accepted,
 * because Braze's exact texts matter; a property test holds that they accept what the schema accepts.
 */
export interface BrazeRoute {
  readonly method: 'GET' | 'POST'
  /** With `:name` for a path parameter. */
  readonly path: string
  readonly summary: string
  /** Keys in the body for partners, a bearer for everybody else, or a key that an answer gave with the URL. */
  readonly access: 'partner_keys' | 'rest_key' | 'url'
  readonly query?: z.ZodType
  readonly headers?: z.ZodType
  readonly body?: z.ZodType
  readonly status: 200 | 201 | 202
  /** Of the answer, where it is not JSON. */
  readonly type?: string
  readonly response: z.ZodType
}

export type BrazeRouteTable = { readonly [name: string]: BrazeRoute }

/** A non-empty text that PostgreSQL can hold. */
export const Text = z
  .string()
  .min(1)
  .refine((text) => !hasForbiddenCharacter(text))

/** An id; recorded clients send numbers. */
export const Id = z.union([Text, z.number()])

/** An id that ends up in an index, of fewer than `bytes` bytes of UTF-8. */
export function idBelow(bytes: number) {
  return Id.refine((id) => utf8Length(String(id)) < bytes)
}

const AliasPart = idBelow(userLimits.externalIdBytes)
export const UserAlias = z.looseObject({ alias_label: AliasPart, alias_name: AliasPart })

/** Why one object of a request was left out; the others were taken. */
export const Problem = z.object({ type: z.string(), input_array: z.string(), index: z.int().min(0) })

export const Success = z.object({ message: z.literal('success') })
