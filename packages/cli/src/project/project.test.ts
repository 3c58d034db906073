import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type ErrorDetail, MusterError } from '@muster/core/lib/error.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkProject } from './check-project.ts'
import { readProject } from './project.ts'
import { writeStarter } from './starter.ts'

describe('a project', () => {
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'muster-project-'))
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  const write = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [path, text] of Object.entries({ 'muster.yaml': 'version: 1\n', ...files })) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text)
    }
  }
  const problems = (environment = {}): Promise<readonly ErrorDetail[]> =>
    thrownDetails(readProject(root, { environment }))
  const thrownDetails = async (reading: Promise<unknown>): Promise<readonly ErrorDetail[]> => {
    const error: unknown = await reading.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    if (!(error instanceof MusterError)) throw new Error('the project was read without a problem')
    return error.details
  }

  it('as the starter writes it is valid once its environment is there', async () => {
    await writeStarter(root)
    const environment = {
      BRAZE_REST_ENDPOINT: 'https://x',
      BRAZE_PARTNER_API_KEY: 'p',
      BRAZE_DATA_IMPORT_KEY: 'd',
    }
    const resources = await readProject(root, { environment })
    expect(resources.map((resource) => `${resource.kind} ${resource.name}`)).toEqual([
      'source warehouse',
      'model lapsed_vips',
      'destination braze',
      'sync lapsed-vips',
    ])
    expect(resources[0]?.definition).toEqual({
      type: 'csv',
      config: { path: join(root, 'people.csv') },
    })
    expect(resources[1]?.definition.sql).toContain('select contact_id')
  })

  it('names an unknown key with file, line and column', async () => {
    await write({ 'sources/shop.yaml': 'type: duckdb\nconfig:\n  path: a\nconifg: {}\n' })
    expect(await problems()).toEqual([
      { where: 'sources/shop.yaml:4:1', message: 'unknown key "conifg"; did you mean config?' },
    ])
  })

  it('is checked as a whole: a file that cannot be read hides no fault of another one', async () => {
    await write({
      'destinations/hook.yaml':
        'type: webhook\nconfig:\n  url: https://x\n  secret: whsec_AAAA\n  concurrency: 9\n',
      'syncs/people.yaml': 'model: people\nrejected: { tries: 0 }\n',
    })
    const told = await thrownDetails(checkProject(root, { environment: {} }))
    expect(told.map(({ where }) => where)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^destinations\/hook\.yaml:5:/),
        expect.stringMatching(/^syncs\/people\.yaml:2:/),
      ]),
    )
  })

  it('names an unknown key inside a nested choice', async () => {
    const sync =
      'model: m\ndestination: d\nidentifiers:\n  - external_id: a\n  - external_di: b\ncohort: { create: X }\n'
    await write({ 'syncs/x.yaml': sync })
    const [problem] = await problems()
    expect(problem?.where).toMatch(/^syncs\/x\.yaml:5:/)
    expect(problem?.message).toContain('external_di')
  })

  it('names a variable that the environment lacks, and never reads one into a Liquid field', async () => {
    await write({
      'destinations/b.yaml': 'type: braze-cohorts\nconfig:\n  data_import_key: ${MISSING_KEY}\n',
      'campaigns/c.yaml': "segment: s\nmessage: { body: 'Hi {{${first_name}}}' }\n",
    })
    expect(await problems()).toEqual([
      { where: 'destinations/b.yaml:3:20', message: 'the environment has no MISSING_KEY' },
    ])
  })

  it('names broken YAML with its place, and all problems of all files at once', async () => {
    await write({ 'sources/a.yaml': 'type: [\n', 'models/b.yaml': 'source: 1\nkey: k\nsql: select 1\n' })
    const found = await problems()
    expect(found.some((problem) => problem.where?.startsWith('sources/a.yaml:'))).toBe(true)
    expect(found.some((problem) => problem.where === 'models/b.yaml:1:1')).toBe(true)
  })

  it('says that a folder with a misspelt name is not read', async () => {
    await write({ 'source/shop.yaml': 'type: duckdb\n' })
    expect(await problems()).toEqual([
      { where: 'source/', message: 'this folder is not read; is sources/ meant?' },
    ])
  })

  it('that is none says where it was looked for', async () => {
    await expect(readProject(root, { environment: {} })).rejects.toMatchObject({ code: 'no_project' })
  })
})
