/** What the reading process is asked to do. `body` is one statement without its semicolon. */
export type Task =
  | { readonly kind: 'check' }
  | { readonly kind: 'browse'; readonly tables: number }
  | { readonly kind: 'describe'; readonly body: string }
  | {
      readonly kind: 'rows'
      readonly body: string
      readonly limit: number
      /** Only rows whose column has this text. */
      readonly where: { readonly column: string; readonly value: string } | null
    }
  | {
      readonly kind: 'extract'
      readonly body: string
      readonly columns: readonly string[]
      readonly path: string
    }

/** Rows of text; what they are depends on the task. */
export type Answer =
  | { readonly rows: readonly (readonly (string | null)[])[]; readonly columns: readonly string[] }
  | { readonly count: number }
  /** SQLite's own result code, 0 for an error that is not SQLite's. */
  | { readonly error: string; readonly code: number }
