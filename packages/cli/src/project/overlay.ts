import { isObject } from '@muster/core/lib/json.ts'
import type { YamlFile } from './yaml-file.ts'

/**
 * What a file says in an environment: `environments/<name>/syncs/vips.yaml` laid over `syncs/vips.yaml`. Maps are laid
 * key over key, null takes a key away, anything else takes the place of what was there. Problems name the file that
 * has the key.
 */
export function layOver(base: YamlFile, over: YamlFile): YamlFile {
  return {
    path: base.path,
    value: over.value === null ? base.value : merge(base.value, over.value),
    problems: [...base.problems, ...over.problems],
    locate: (keys) => over.find(keys) ?? base.locate(keys),
    find: (keys) => over.find(keys) ?? base.find(keys),
  }
}

function merge(base: unknown, over: unknown): unknown {
  if (!isObject(base) || !isObject(over)) return over
  const kept = Object.entries(base).filter(([key]) => !(key in over))
  const laid = Object.entries(over)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => [key, key in base ? merge(base[key], value) : value])
  return Object.fromEntries([...kept, ...laid])
}
