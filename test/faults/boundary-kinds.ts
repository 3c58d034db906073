/**
 * The I/O boundaries of the sync half, numbered as in README.md: the moments between which a death cannot be told apart.
 * What only reads is none.
 */
export const boundaryKinds = [
  'database write',
  'database commit',
  'database answer',
  'engine write',
  'file write',
  'fsync',
  'rename',
  'directory',
  'delete',
  'http send',
  'http sent',
  'http reply',
] as const
export type BoundaryKind = (typeof boundaryKinds)[number]

/** A call that stands in no list below: the tests fail until somebody has said what it is. */
export type UnknownKind = `unknown: ${string}`

const filesystem: Readonly<Record<string, BoundaryKind | null>> = {
  access: null,
  close: null,
  exists: null,
  fstat: null,
  lstat: null,
  opendir: null,
  read: null,
  readFile: null,
  readdir: null,
  readlink: null,
  readv: null,
  realpath: null,
  stat: null,
  statfs: null,
  createReadStream: null,
  createWriteStream: 'file write',
  appendFile: 'file write',
  copyFile: 'file write',
  truncate: 'file write',
  write: 'file write',
  writeFile: 'file write',
  writev: 'file write',
  datasync: 'fsync',
  fdatasync: 'fsync',
  fsync: 'fsync',
  sync: 'fsync',
  rename: 'rename',
  mkdir: 'directory',
  mkdtemp: 'directory',
  rm: 'delete',
  rmdir: 'delete',
  unlink: 'delete',
}

/** Of a function of `node:fs`, by its name and its second argument, which of `open` says what for. */
export function kindOfFileCall(name: string, second: unknown): BoundaryKind | UnknownKind | null {
  const base = name.replace(/Sync$/, '') || 'sync'
  if (base === 'open') return second === undefined || second === 'r' ? null : 'file write'
  const kind = filesystem[base]
  return kind === undefined ? `unknown: fs.${name}` : kind
}

const reads = new Set(['select', 'with', 'begin', 'rollback', 'set', 'show'])
const writes = /\binsert\s+into\s|\bdelete\s+from\s|\bupdate\s+[\w.]+(\s+as\s+\w+)?\s+set\b/i

/** Of a statement to PostgreSQL. */
export function kindOfStatement(text: string): BoundaryKind | UnknownKind | null {
  const word = firstWord(text)
  if (word === 'commit') return 'database commit'
  if (writes.test(text)) return 'database write'
  return reads.has(word) ? null : `unknown: database ${word}`
}

/** What DuckDB does in memory, or reads. */
const inMemory = new Set([
  ...['attach', 'begin', 'commit', 'create', 'describe', 'detach', 'drop', 'from', 'insert'],
  ...['rollback', 'select', 'set', 'use', 'with'],
])

/** Of a statement to DuckDB. */
export function kindOfEngineStatement(text: string): BoundaryKind | UnknownKind | null {
  const word = firstWord(text)
  if (word === 'copy') return 'engine write'
  return inMemory.has(word) ? null : `unknown: engine ${word}`
}

function firstWord(text: string): string {
  return /^\W*(\w+)/.exec(text)?.[1]?.toLowerCase() ?? ''
}
