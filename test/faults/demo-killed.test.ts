import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeEmbeddedPostgres } from '@muster/server/db/embedded-postgres.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const program = join(import.meta.dirname, '../../packages/cli/bin/muster.js')

describe('the demo, killed in the middle and started again,', () => {
  let directory: string
  beforeEach(async () => {
    directory = join(await mkdtemp(join(tmpdir(), 'muster-demo-')), 'data')
  })
  afterEach(async () => {
    await removeEmbeddedPostgres(directory)
    await rm(join(directory, '..'), { recursive: true, force: true })
  })

  it.each(['Engage: the partner page', 'Plan, look, apply', 'A Canvas'])(
    'ends with the right figures when it died at “%s”',
    async (step) => {
      const first = startDemo(directory)
      await said(first, step)
      first.kill('SIGKILL')
      await once(first, 'exit')

      const second = startDemo(directory)
      const output = await everything(second)
      const figures: unknown = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '')
      expect(figures).toMatchObject({ members: 120, run1: { added: 120, removed: 0 } })
      expect(output).toContain('are what the shop knows to be true')
    },
    240_000,
  )
})

function startDemo(directory: string): ChildProcess {
  const args = ['demo', '--members', '120', '--exit', '--json', '--port', '0', '--data-dir', directory]
  return spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function said(child: ChildProcess, text: string): Promise<void> {
  let output = ''
  for await (const chunk of child.stdout ?? []) {
    output += String(chunk)
    if (output.includes(text)) return
  }
  throw new Error(`the demo ended before it said “${text}”:\n${output}`)
}

async function everything(child: ChildProcess): Promise<string> {
  let output = ''
  for await (const chunk of child.stdout ?? []) output += String(chunk)
  if (child.exitCode === null) await once(child, 'exit')
  if (child.exitCode !== 0) throw new Error(`the demo ended with ${child.exitCode}:\n${output}`)
  return output
}
