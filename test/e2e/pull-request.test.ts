import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MusterProcess, openMusterProcess } from './muster-process.ts'

const script = join(import.meta.dirname, '../../action/post-plan.ts')

/** GitHub's comments of one pull request, as its REST API has them (docs.github.com, "Issue comments"). */
async function startGithub(comments: { id: number; body: string }[]) {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString('utf8')
    const body: { body?: string } = text === '' ? {} : JSON.parse(text)
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://github')
    const send = (status: number, value: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(value))
    }
    if (request.headers.authorization !== 'Bearer gh-token') return send(401, { message: 'Bad credentials' })
    if (pathname === '/repos/acme/shop/issues/7/comments') {
      if (request.method === 'POST') {
        const made = { id: comments.length + 1, body: body.body ?? '' }
        comments.push(made)
        return send(201, made)
      }
      const [page, size] = [Number(searchParams.get('page')), Number(searchParams.get('per_page'))]
      return send(200, comments.slice((page - 1) * size, page * size))
    }
    const ours = comments.find(({ id }) => pathname === `/repos/acme/shop/issues/comments/${id}`)
    if (!ours || request.method !== 'PATCH') return send(404, { message: 'Not Found' })
    ours.body = body.body ?? ''
    send(200, ours)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() }
}

describe('the plan on a pull request', () => {
  let muster: MusterProcess
  let address: string
  let project: string
  const comments: { id: number; body: string }[] = []
  let github: Awaited<ReturnType<typeof startGithub>>

  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(project, path)), { recursive: true })
    await writeFile(join(project, path), text)
  }

  beforeAll(async () => {
    muster = await openMusterProcess()
    project = join(dirname(muster.directory), 'project')
    await write('muster.yaml', 'version: 1\n')
    await write('out/.keep', '')
    await write('people.csv', `id\n${Array.from({ length: 40 }, (_, n) => `person-${n}`).join('\n')}\n`)
    await write('sources/files.yaml', 'type: csv\nconfig: { path: people.csv }\n')
    await write('models/people.yaml', 'source: files\nkey: id\n')
    await write('models/people.sql', 'select id from rows\n')
    await write('destinations/files.yaml', 'type: file\nconfig: { path: out }\n')
    await write(
      'syncs/people.yaml',
      'model: people\ndestination: files\nidentifiers: [external_id: id]\ncohort: { create: People }\n',
    )
    address = (await muster.serve()).address
    await muster.ask('deploy', '--project', project)
    await muster.ask('run', 'people')
    // More comments than a page holds, one of them of another project.
    for (let id = 1; id <= 130; id++) comments.push({ id, body: `comment ${id}` })
    github = await startGithub(comments)
  })
  afterAll(async () => {
    github.close()
    await muster.close()
  })

  const post = async (more: Readonly<Record<string, string>> = {}) => {
    const folder = dirname(muster.directory)
    const [event, output, summary] = ['event.json', 'output', 'summary'].map((name) => join(folder, name))
    if (!event || !output || !summary) throw new Error('no paths')
    await writeFile(event, JSON.stringify({ pull_request: { number: 7 } }))
    await writeFile(output, '')
    const child = spawn(process.execPath, [script], {
      env: {
        PATH: process.env.PATH,
        MUSTER_PROJECT: project,
        MUSTER_ADDRESS: address,
        GITHUB_API_URL: github.url,
        GITHUB_TOKEN: 'gh-token',
        GITHUB_REPOSITORY: 'acme/shop',
        GITHUB_EVENT_PATH: event,
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
        ...more,
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const [code] = await once(child, 'exit')
    return { code, output: await readFile(output, 'utf8') }
  }
  const ours = () => comments.filter(({ body }) => body.startsWith('<!-- muster-plan'))

  it('is one comment with counts only, and the server stays as it was', async () => {
    await write(
      'models/people.sql',
      "select id from rows where id <> 'person-0'\nunion all select 'person-new'\n",
    )
    expect(await post()).toEqual({ code: 0, output: 'changes=2\nheld=0\n' })
    expect(ours()).toHaveLength(1)
    expect(ours()[0]?.body).toContain('- update model `people`')
    expect(ours()[0]?.body).toContain('| `people` | ✅ will send | 1 | 1 | 39 | 2 |')
    expect(ours()[0]?.body).not.toContain('person-')
    const now = await muster.ask('plan', 'people')
    expect(now).toMatchObject({ added: 0, removed: 0, unchanged: 40 })
  })

  it('is brought up to date when the files change, and says what a guard would hold', async () => {
    await write('models/people.sql', 'select id from rows limit 10\n')
    expect(await post()).toEqual({ code: 0, output: 'changes=30\nheld=1\n' })
    expect(ours()).toHaveLength(1)
    expect(ours()[0]?.body).toContain('✋ held by a guard')
    expect(ours()[0]?.body).toContain('removes 30 of 40 members (75%)')
    expect((await post({ MUSTER_FAIL_ON: 'held' })).code).toBe(1)
  })

  it('plans a sync that is not deployed yet', async () => {
    await write('models/people.sql', 'select id from rows\n')
    await write(
      'syncs/new.yaml',
      'model: people\ndestination: files\nidentifiers: [external_id: id]\ncohort: { create: New }\n',
    )
    expect((await post()).code).toBe(0)
    expect(ours()[0]?.body).toContain('| `new` | ✅ will send | 40 | 0 | 0 | 1 |')
    expect(ours()[0]?.body).toContain('| `people` | ➖ nothing to send |')
  })

  it('names what the server has and the files have not', async () => {
    await write('models/gone.yaml', 'source: files\nkey: id\nsql: select id from rows\n')
    await muster.ask('deploy', '--project', project, '--only', 'models')
    await rm(join(project, 'models/gone.yaml'))
    expect((await post()).code).toBe(0)
    expect(ours()[0]?.body).toContain('On the server, not in the files: model `gone`.')
  })

  it('names the place of a fault, and fails', async () => {
    await write('models/people.sql', 'select nonsense from rows\n')
    expect((await post()).code).toBe(1)
    expect(ours()[0]?.body).toContain('❌ cannot be planned')
    await write('syncs/new.yaml', 'model: people\ndestinaton: files\n')
    expect((await post()).code).toBe(1)
    expect(ours()[0]?.body).toContain('`syncs/new.yaml:2:1`: unknown key "destinaton"')
  })
})
