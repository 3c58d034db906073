import { invalid } from '../lib/error.ts'
import type { Dialect } from './dialect.ts'

/**
 * The statement without what may stand after it: a final semicolon, blanks, comments. So it can be put in brackets,
 * which is needed to ask for its columns or for some of its rows. Throws `sql_error` where there is nothing, or
 * something after the semicolon. A courtesy and a preparation, not the lock: that is the database's.
 */
export function bodyOfStatement(sql: string, dialect: Dialect): string {
  let end = 0
  let ended = false
  for (const { kind, to } of tokens(sql, dialect)) {
    if (kind === 'blank') continue
    if (kind === 'semicolon') ended = true
    else if (ended) throw notOneSelect('it has more than one statement')
    else end = to
  }
  if (end === 0) throw notOneSelect('it is empty')
  return sql.slice(0, end)
}

export function notOneSelect(what: string) {
  return invalid('sql_error', `the SQL must be one SELECT statement, but ${what}`, {
    hint: 'A source is read-only: write one SELECT (WITH … SELECT is fine).',
  })
}

/** Takes a statement and an offset in code points from 0; returns `line 2, column 3`, both from 1. */
export function placeInStatement(sql: string, offset: number): string {
  const before = [...sql].slice(0, Math.max(0, offset))
  const line = before.filter((character) => character === '\n').length + 1
  return `line ${line}, column ${before.length - before.lastIndexOf('\n')}`
}

interface Token {
  readonly kind: 'blank' | 'semicolon' | 'other'
  readonly to: number
}

/** Cuts SQL into comments and blanks, semicolons, and everything else, with quoted text as one piece. */
function* tokens(sql: string, dialect: Dialect): Generator<Token> {
  let at = 0
  while (at < sql.length) {
    const blank = blankEnd(sql, at, dialect)
    if (blank > at) {
      yield { kind: 'blank', to: blank }
      at = blank
    } else if (sql[at] === ';') {
      at += 1
      yield { kind: 'semicolon', to: at }
    } else {
      at = otherEnd(sql, at, dialect)
      yield { kind: 'other', to: at }
    }
  }
}

function blankEnd(sql: string, at: number, dialect: Dialect): number {
  if (/\s/.test(sql[at] ?? '')) return at + 1
  const hash = sql[at] === '#' && (dialect === 'mysql' || dialect === 'bigquery')
  if (hash || sql.startsWith('--', at)) {
    const end = sql.indexOf('\n', at)
    return end === -1 ? sql.length : end + 1
  }
  return sql.startsWith('/*', at) ? commentEnd(sql, at, dialect) : at
}

/** PostgreSQL and its kin let block comments stand in one another. MySQL runs what stands in a comment that begins with an exclamation mark. */
function commentEnd(sql: string, at: number, dialect: Dialect): number {
  if (dialect === 'mysql' && /^\/\*M?!/.test(sql.slice(at, at + 4))) return at
  const nests = dialect === 'postgres' || dialect === 'redshift' || dialect === 'duckdb'
  let depth = 0
  for (let i = at; i < sql.length; i++) {
    if (sql.startsWith('/*', i) && (depth === 0 || nests)) {
      depth += 1
      i += 1
    } else if (sql.startsWith('*/', i)) {
      depth -= 1
      i += 1
      if (depth === 0) return i + 1
    }
  }
  return sql.length
}

const backslashed: readonly Dialect[] = ['mysql', 'bigquery', 'databricks', 'clickhouse', 'snowflake']

function otherEnd(sql: string, at: number, dialect: Dialect): number {
  const quote = sql[at] ?? ''
  if (quote === "'" || quote === '"' || quote === '`') {
    const escapes = backslashed.includes(dialect) || (quote === "'" && /(^|[^\w$])e$/i.test(sql.slice(0, at)))
    return quotedEnd(sql, at, escapes)
  }
  const dollar = /^\$(?:[A-Za-z_]\w*)?\$/.exec(sql.slice(at, at + 64))?.[0]
  if (dollar !== undefined && !/[\w$]/.test(sql[at - 1] ?? '')) {
    const end = sql.indexOf(dollar, at + dollar.length)
    return end === -1 ? sql.length : end + dollar.length
  }
  return at + 1
}

function quotedEnd(sql: string, at: number, escapes: boolean): number {
  const quote = sql[at]
  for (let i = at + 1; i < sql.length; i++) {
    if (escapes && sql[i] === '\\') i += 1
    else if (sql[i] === quote) {
      if (sql[i + 1] !== quote) return i + 1
      i += 1
    }
  }
  return sql.length
}
