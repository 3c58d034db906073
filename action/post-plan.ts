import { spawn } from 'node:child_process'
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Failure, failureComment, markerOf, ProjectPlan, planComment } from './comment.ts'

/** Plans the project of a pull request and keeps one comment on it up to date. Run by `action.yml`. */

const environment = process.env
const project = environment.MUSTER_PROJECT || '.'
const overlay = environment.MUSTER_ENVIRONMENT || ''

const Answer = z.union([z.object({ error: Failure }), ProjectPlan])

async function planProject(): Promise<z.output<typeof Answer>> {
  const muster = join(import.meta.dirname, '../packages/cli/bin/muster.js')
  const args = ['plan', '--project', project, '--address', environment.MUSTER_ADDRESS ?? '', '--json']
  const child = spawn(process.execPath, [muster, ...args, ...(overlay ? ['--env', overlay] : [])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const chunks: Buffer[] = []
  for await (const chunk of child.stdout) chunks.push(chunk)
  const line = Buffer.concat(chunks).toString('utf8').trim().split('\n').at(-1) ?? ''
  const answer = line.startsWith('{') ? Answer.safeParse(JSON.parse(line)) : null
  if (answer?.success) return answer.data
  return { error: { message: 'muster plan gave no answer; see the log of this step', details: [] } }
}

const Comments = z.array(z.object({ id: z.int(), body: z.string().nullish() }))

async function github(method: string, path: string, body?: object): Promise<Response> {
  const response = await fetch(`${environment.GITHUB_API_URL ?? 'https://api.github.com'}${path}`, {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${environment.GITHUB_TOKEN}`,
      'x-github-api-version': '2022-11-28',
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  if (!response.ok) throw new Error(`GitHub answered ${response.status} to ${method} ${path}`)
  return response
}

/** Changes the comment that bears the marker, or makes it. */
async function keepComment(number: number, marker: string, body: string): Promise<void> {
  const repository = `/repos/${environment.GITHUB_REPOSITORY}`
  for (let page = 1; ; page++) {
    const answer = await github('GET', `${repository}/issues/${number}/comments?per_page=100&page=${page}`)
    const comments = Comments.parse(await answer.json())
    const ours = comments.find((comment) => comment.body?.startsWith(marker))
    if (ours) {
      await github('PATCH', `${repository}/issues/comments/${ours.id}`, { body })
      return
    }
    if (comments.length < 100) break
  }
  await github('POST', `${repository}/issues/${number}/comments`, { body })
}

async function pullRequestNumber(): Promise<number | null> {
  if (!environment.GITHUB_EVENT_PATH) return null
  const event: unknown = JSON.parse(await readFile(environment.GITHUB_EVENT_PATH, 'utf8'))
  return (
    z.object({ pull_request: z.object({ number: z.int() }).optional() }).parse(event).pull_request?.number ??
    null
  )
}

async function append(path: string | undefined, text: string): Promise<void> {
  if (path) await appendFile(path, `${text}\n`)
}

const marker = markerOf(project, overlay)
const asked = await planProject()
const comment = 'error' in asked ? failureComment(asked.error, marker) : planComment(asked, marker)
const plans = 'error' in asked ? [] : asked.plans
const failed = 'error' in asked || plans.some((plan) => 'error' in plan)
const held = plans.filter((plan) => 'verdict' in plan && plan.verdict === 'held').length
const changes = plans.reduce((sum, plan) => sum + ('error' in plan ? 0 : plan.added + plan.removed), 0)

await append(environment.GITHUB_STEP_SUMMARY, comment)
await append(environment.GITHUB_OUTPUT, `changes=${changes}\nheld=${held}`)
const number = await pullRequestNumber()
if (number === null) process.stdout.write(`${comment}\n`)
else await keepComment(number, marker, comment)

const failOn = environment.MUSTER_FAIL_ON || 'error'
const fails = failed || (failOn !== 'error' && held > 0) || (failOn === 'changes' && changes > 0)
process.exitCode = fails ? 1 : 0
