/**
 * Whether a row (namespace, value, row_key) is one that people look for by the text bound to `parameter`: its identifier holds it in
 * either case, is written so as a whole (`alias:crm:C-12`, `device:8f3a`), or it is the key of its row. An empty text finds all.
 */
export function foundBy(parameter: string): string {
  const written = `replace(namespace, 'device_id', 'device') || ':' || value`
  return `(${parameter} = '' or contains(lower(value), lower(${parameter}))
    or ${written} = ${parameter} or row_key = ${parameter})`
}
