import { brazeInventory } from './inventory.ts'

/** What each operation of Braze's wants a REST key to be allowed, by `METHOD /path`. */
const byOperation = new Map(
  brazeInventory.map(({ method, path, permission }) => [`${method} ${path}`, permission]),
)

/** What Muster's own operations want: they write users. */
const ownOperations: ReadonlyMap<string, string> = new Map([['POST /sdk/session', 'users.track']])

/** The permission that an operation wants, its path with `:name` for a parameter; null: any live key will do. */
export function permissionOf(method: string, path: string): string | null {
  const operation = `${method} ${path}`
  return ownOperations.get(operation) ?? byOperation.get(operation) ?? null
}

/** Every permission that a REST key can have, in alphabetical order. */
export const restPermissions: readonly string[] = [
  ...new Set(brazeInventory.flatMap(({ permission }) => permission ?? [])),
].sort()
