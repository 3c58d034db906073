import type { FastifyRequest } from 'fastify'

export type Query = { readonly [name: string]: unknown }

/** The query of a request; `name[]=a&name[]=b` is also found under `name` (recorded clients write both). */
export function queryOf(request: FastifyRequest): Query {
  const given = typeof request.query === 'object' && request.query !== null ? request.query : {}
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name.replace(/\[\]$/, ''), value]))
}

/** A whole number of at least 0, or null where it is not one; the fallback where it is absent. */
export function countOf(raw: unknown, fallback: number): number | null {
  if (raw === undefined) return fallback
  const count = typeof raw === 'string' && /^\d{1,9}$/.test(raw) ? Number(raw) : null
  return count
}
