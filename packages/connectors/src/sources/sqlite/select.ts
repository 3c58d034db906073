import { quoteName } from '@muster/core/sync/quote-name.ts'

/** Takes one statement without its semicolon; returns it as an item for FROM. */
export function from(body: string): string {
  return `(${body}\n) as muster_model`
}

/** The SELECT of the named columns as text. */
export function selectOf(body: string, columns: readonly string[]): string {
  return `select ${textList(columns)} from ${from(body)}`
}

export function textOf(name: string): string {
  return `cast(${quoteName('sqlite', name)} as text)`
}

export function textList(names: readonly string[]): string {
  return names.map((name) => `${textOf(name)} as ${quoteName('sqlite', name)}`).join(', ')
}
