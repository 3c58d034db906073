import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { projectFolders } from './project.ts'
import { writeSchemas } from './schema.ts'
import { writeStarter } from './starter.ts'

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
    expect(await accepts('sync', { ...sync, rejected: { tries: 3 } })).toBe(true)
    expect(await accepts('sync', { ...sync, rejected: { tries: 0 } })).toBe(false)
    expect(await accepts('sync', { ...sync, gaurds: {} })).toBe(false)
    expect(await accepts('sync', { ...sync, identifiers: [] })).toBe(false)
  })

  it('let a model have its SQL in the file beside it', async () => {
    expect(await accepts('model', { source: 's', key: 'id' })).toBe(true)
    expect(await accepts('model', { source: 's' })).toBe(false)
  })

  it('hold by a strict validator, for the starter and the examples as for what is wrong', async () => {
    const judge = async (kind: string) => {
      const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true })
      addFormats.default(ajv)
      return ajv.compile(JSON.parse(await readFile(join(directory, `${kind}.schema.json`), 'utf8')))
    }
    const starter = join(directory, 'starter')
    await writeStarter(starter)
    for (const root of [starter, join(import.meta.dirname, '../../../../examples/shop/project')]) {
      for (const { folder, kind } of projectFolders) {
        const validate = await judge(kind)
        const files = await readdir(join(root, folder)).catch(() => [])
        for (const file of files.filter((name) => name.endsWith('.yaml'))) {
          const value: unknown = parse(await readFile(join(root, folder, file), 'utf8'))
          expect(validate(value) ? [] : validate.errors, `${folder}/${file}`).toEqual([])
        }
      }
    }
    const webhook = (secret: string) => ({ type: 'webhook', config: { url: 'https://x.example', secret } })
    const destination = await judge('destination')
    expect(destination(webhook('${HOOK_SECRET}'))).toBe(true)
    expect(destination(webhook('hunter2'))).toBe(false)
    expect(destination({ type: 'no-such', config: {} })).toBe(false)
    const source = await judge('source')
    const postgres = (port: unknown) => ({
      type: 'postgres',
      config: { host: '${PGHOST}', port, database: 'd', user: 'u', password: '${PGPASSWORD}' },
    })
    expect([5432, '${PGPORT}', 'many'].map((port) => source(postgres(port)))).toEqual([true, true, false])
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
