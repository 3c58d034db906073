import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

interface Entry {
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

describe.each(['.', 'test/warehouses'])('the lockfile of %s', (folder) => {
  const text = readFileSync(join(import.meta.dirname, '..', folder, 'package-lock.json'), 'utf8')
  const { packages } = JSON.parse(text) as { packages: Readonly<Record<string, Entry>> }

  it('names the builds of every platform, or npm ci refuses it (scripts/complete-lockfile.mjs mends it)', () => {
    const missing = Object.entries(packages).flatMap(([path, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter(
        (name) => !(`node_modules/${name}` in packages || `${path}/node_modules/${name}` in packages),
      ),
    )
    expect(missing).toEqual([])
  })

  it('names no registry', () => {
    const addresses = Object.values(packages).filter((entry) => /^https?:/.test(entry.resolved ?? ''))
    expect(addresses).toEqual([])
  })
})
