import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { projectFolders } from './project.ts'
import { writeSchemas } from './schema.ts'

describe('the JSON schemas of the project files', () => {
  let directory: string
  let written: string[]
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-schema-'))
    written = await writeSchemas(directory)
  })
  afterAll(() => rm(directory, { recursive: true }))

  /** The schema as zod reads it back: an independent judge of what it takes. */
  const accepts = async (kind: string, value: unknown): Promise<boolean> => {
    const text = await readFile(join(directory, `${kind}.schema.json`), 'utf8')
    const json = z.record(z.string(), z.json()).parse(JSON.parse(text))
    const { allOf: _, ...flat } = json
    return z.fromJSONSchema(flat).safeParse(value).success
  }

  it('are one a kind of resource', () => {
    expect(written.map((path) => basename(path))).toEqual(
      projectFolders.map(({ kind }) => `${kind}.schema.json`),
    )
  })

  it('take what a project says and refuse an unknown key', async () => {
    const sync = {
      model: 'm',
      destination: 'd',
      identifiers: [{ external_id: 'id' }],
      cohort: { create: 'X' },
    }
    expect(await accepts('sync', sync)).toBe(true)
    expect(await accepts('sync', { ...sync, gaurds: {} })).toBe(false)
    expect(await accepts('sync', { ...sync, identifiers: [] })).toBe(false)
  })

  it('let a model have its SQL in the file beside it', async () => {
    expect(await accepts('model', { source: 's', key: 'id' })).toBe(true)
    expect(await accepts('model', { source: 's' })).toBe(false)
  })

  it('know the configuration of each type of source and destination', async () => {
    const text = await readFile(join(directory, 'destination.schema.json'), 'utf8')
    const { allOf } = z
      .object({
        allOf: z.array(
          z.object({
            if: z.object({ properties: z.object({ type: z.object({ const: z.string() }) }) }),
            // biome-ignore lint/suspicious/noThenProperty: the word of JSON Schema
            then: z.object({
              properties: z.object({ config: z.object({ properties: z.record(z.string(), z.unknown()) }) }),
            }),
          }),
        ),
      })
      .parse(JSON.parse(text))
    const braze = allOf.find((branch) => branch.if.properties.type.const === 'braze-cohorts')
    expect(Object.keys(braze?.then.properties.config.properties ?? {})).toEqual(
      expect.arrayContaining(['rest_endpoint', 'partner', 'partner_api_key', 'data_import_key']),
    )
    expect(await accepts('source', { type: 'no-such', config: {} })).toBe(false)
  })
})
