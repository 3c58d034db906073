/**
 * The few spellings that DuckDB lacks: text with backslash escapes, in double quotes as well where the dialect has that,
 * and names in backticks.
 */
export function toDuckdb(sql: string, dialect: { readonly doubleQuotedText: boolean }): string {
  const piece = /--[^\n]*|\/\*.*?\*\/|'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.|``)*`/gs
  return sql.replace(piece, (found) => {
    const quote = found[0]
    const inner = found.slice(1, -1)
    if (quote === '`') return `"${unescaped(inner).replaceAll('``', '`').replaceAll('"', '""')}"`
    if (quote === "'" || (quote === '"' && dialect.doubleQuotedText))
      return textOf(unescaped(inner.replaceAll("''", "'")))
    return found
  })
}

function unescaped(inner: string): string {
  const marks: Record<string, string> = { n: '\n', r: '\r', t: '\t', '0': '\0' }
  return inner.replace(/\\(.)/gs, (_, mark: string) => marks[mark] ?? mark)
}

/** DuckDB takes U+0000 by number alone. */
function textOf(text: string): string {
  const parts = text.split('\0').map((part) => `'${part.replaceAll("'", "''")}'`)
  return parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(' || chr(0) || ')})`
}
