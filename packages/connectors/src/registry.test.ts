import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { connectors } from './registry.ts'

describe('the registry', () => {
  const folders = (kind: string): string[] =>
    readdirSync(join(import.meta.dirname, kind), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort()

  it('knows every connector by the name of its folder', async () => {
    expect(Object.keys(connectors.sources).sort()).toEqual(folders('sources'))
    expect(Object.keys(connectors.destinations).sort()).toEqual(folders('destinations'))
    expect(Object.keys(connectors.notifiers).sort()).toEqual(folders('notifiers'))
    for (const [name, load] of [
      ...Object.entries(connectors.sources),
      ...Object.entries(connectors.destinations),
      ...Object.entries(connectors.notifiers),
    ]) {
      expect((await load()).name).toBe(name)
    }
  })
})
