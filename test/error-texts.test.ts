import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { esErrors } from '../packages/web/src/locales/es-errors.ts'

const root = join(import.meta.dirname, '..')

/** Every code that an error is made with, as the sources say it. */
function codes(): Set<string> {
  const made = /\b(?:invalid|missing|denied|conflict|transient|fault)\(\s*'([a-z_]+)'/g
  const other = /new MusterError\(\s*'[a-z]+',\s*'([a-z_]+)'/g
  const texts = ['core', 'connectors', 'server', 'web'].flatMap((name) =>
    readdirSync(join(root, 'packages', name, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')),
  )
  return new Set(
    texts.flatMap((text) => [...text.matchAll(made), ...text.matchAll(other)].map((match) => match[1] ?? '')),
  )
}

describe('the texts of errors', () => {
  it('are of errors that there are', () => {
    const known = codes()
    expect(known.size).toBeGreaterThan(80)
    expect(Object.keys(esErrors).filter((code) => !known.has(code))).toEqual([])
  })
})
