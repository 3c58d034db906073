/** A value that PostgreSQL takes as a bound parameter. */
export type SqlValue =
  | null
  | string
  | number
  | bigint
  | boolean
  | Date
  | Buffer
  | readonly (string | number | boolean | null)[]
  | Json

/** A `jsonb` parameter: arrays would otherwise be read as PostgreSQL arrays. */
export interface Json {
  readonly json: string
}

/** A piece of SQL with its values; pieces compose. Values are always bound, never written into the text. */
export interface Sql {
  readonly strings: readonly string[]
  readonly parts: readonly (SqlValue | Sql)[]
}

/** Writes SQL: `sql\`select … where id = ${id}\``. A part that is itself `sql` is spliced in. */
export function sql(strings: TemplateStringsArray, ...parts: readonly (SqlValue | Sql)[]): Sql {
  return { strings: [...strings], parts }
}

/** Binds any JSON value as `jsonb`. */
export function json(value: unknown): Json {
  return { json: JSON.stringify(value) }
}

/** Joins pieces with a separator such as ` and `; none give `empty`. */
export function join(pieces: readonly Sql[], separator: string, empty = ''): Sql {
  const [first, ...rest] = pieces
  if (!first) return { strings: [empty], parts: [] }
  return { strings: ['', ...rest.map(() => separator), ''], parts: [first, ...rest] }
}

/** The text with `$1…` and the values in their order. */
export function compile(query: Sql): { readonly text: string; readonly values: unknown[] } {
  const values: unknown[] = []
  const write = (piece: Sql): string =>
    piece.strings.reduce((text, string, index) => {
      const part = piece.parts[index - 1]
      if (part === undefined) return text + string
      if (isSql(part)) return text + write(part) + string
      values.push(isJson(part) ? part.json : part)
      return `${text}$${values.length}${string}`
    })
  const first = piece0(query)
  return { text: first === null ? write(query) : first, values }
}

/** A query without parts is its own text. */
function piece0(query: Sql): string | null {
  return query.parts.length === 0 ? (query.strings[0] ?? '') : null
}

function isSql(part: SqlValue | Sql): part is Sql {
  return typeof part === 'object' && part !== null && 'strings' in part
}

function isJson(part: SqlValue): part is Json {
  return typeof part === 'object' && part !== null && 'json' in part
}
