import type { ErrorDetail } from '@muster/core/lib/error.ts'
import { type Problem, parseWritten } from '@muster/core/lib/problems.ts'
import { isNode, isPair, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import type { z } from 'zod'

/** A YAML file of a project, with what is wrong in it. */
export interface YamlFile {
  /** Relative to the project's folder. */
  readonly path: string
  readonly value: unknown
  readonly problems: readonly ErrorDetail[]
  /** `path:line:column` of a key path in the file, as near as the file has it. */
  locate(keys: readonly PropertyKey[]): string
  /** The same, or null where the file does not have that very key. */
  find(keys: readonly PropertyKey[]): string | null
}

/**
 * Reads YAML and puts values of the environment in place of `${NAME}` in its strings. `$${NAME}` stays as `${NAME}`,
 * and Liquid's `{{${name}}}` is left alone: a name of the environment has capitals, digits and underscores only.
 */
export function readYaml(
  path: string,
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): YamlFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${path}:${Math.max(line, 1)}:${Math.max(col, 1)}`
  }
  const problems: ErrorDetail[] = document.errors.map((error) => ({
    where: at(error.pos[0]),
    message: error.message,
  }))
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string') return
      node.value = node.value.replace(
        /(\$?)\$\{([A-Z][A-Z0-9_]*)\}/g,
        (whole, escaped: string, name: string) => {
          if (escaped) return whole.slice(1)
          const value = environment[name]
          if (value !== undefined && value !== '') return value
          problems.push({ where: at(node.range?.[0] ?? 0), message: `the environment has no ${name}` })
          return whole
        },
      )
    },
  })
  const find = (keys: readonly PropertyKey[]): string | null => {
    const offset = offsetOf(document.contents, keys)
    return offset === null ? null : at(offset)
  }
  const locate = (keys: readonly PropertyKey[]): string => {
    for (let length = keys.length; length >= 0; length--) {
      const place = find(keys.slice(0, length))
      if (place !== null) return place
    }
    return at(0)
  }
  return { path, value: document.errors.length > 0 ? null : document.toJS(), problems, locate, find }
}

/** Where the key (of a map) or the item (of a list) at the end of the path begins. */
function offsetOf(root: unknown, path: readonly PropertyKey[]): number | null {
  let node: unknown = root
  let offset = isNode(root) ? (root.range?.[0] ?? null) : null
  for (const step of path) {
    if (!isNode(node) || !('items' in node)) return null
    const items: readonly unknown[] = node.items
    if (typeof step === 'number') {
      node = items[step]
      offset = isNode(node) ? (node.range?.[0] ?? null) : null
    } else {
      const pair = items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === step)
      if (!isPair(pair)) return null
      offset = isNode(pair.key) ? (pair.key.range?.[0] ?? null) : null
      node = pair.value
    }
    if (offset === null) return null
  }
  return offset
}

/** Parses the file's value; every problem is named with its line and column. */
export function parseFile<T>(
  file: YamlFile,
  schema: z.ZodType<T>,
  value: unknown = file.value,
): T | readonly ErrorDetail[] {
  const parsed = parseWritten(schema, value)
  return parsed.ok ? parsed.data : placed(file, parsed.problems)
}

/** Problems of what stands in the file below the keys `within`, each with its line and column. */
export function placed(
  file: YamlFile,
  problems: readonly Problem[],
  within: readonly PropertyKey[] = [],
): ErrorDetail[] {
  return problems.map(({ path, message }) => {
    const key = path.at(-1)
    // An unknown key is named by its message already.
    const named = typeof key !== 'string' || message.includes(`"${key}"`)
    return { where: file.locate([...within, ...path]), message: named ? message : `"${key}" ${message}` }
  })
}
