/** The people C-from … C-(to - 1) as rows of the warehouse, in the SQL of DuckDB; PostgreSQL calls the series otherwise. */
export function selectPeople(from: number, to: number): string {
  return `select i as id, 'C-' || i as external_id, null::text as crm, null::text as device from range(${from}, ${to}) as r (i)`
}

/** Their identifiers. */
export function idsOf(from: number, to: number): Set<string> {
  return new Set(Array.from({ length: to - from }, (_, n) => `C-${n + from}`))
}
