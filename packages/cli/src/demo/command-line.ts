import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fault } from '@muster/core/lib/error.ts'
import { isObject } from '@muster/core/lib/json.ts'
import { processEnvironment } from '@muster/server/config.ts'
import type { z } from 'zod'
import type { Narrator } from './narrator.ts'

const program = join(import.meta.dirname, '../../bin/muster.js')

/** Runs `muster` as a user would, in a process of its own. */
export interface CommandLine {
  /** Shows the command and what it prints. */
  show(...args: string[]): Promise<void>
  /** Runs it with `--json`; its answer is parsed by the schema. */
  ask<T>(schema: z.ZodType<T>, ...args: string[]): Promise<T>
  /** Sets a variable of the environment for the commands that follow. */
  set(name: string, value: string): void
}

export function createCommandLine(dataDirectory: string, narrator: Narrator): CommandLine {
  const environment: Record<string, string | undefined> = {
    ...processEnvironment(),
    MUSTER_DATA_DIR: dataDirectory,
  }
  const run = async (args: readonly string[]): Promise<string> => {
    const node = ['--disable-warning=ExperimentalWarning', program]
    const child = spawn(process.execPath, [...node, ...args], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    let error = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      error += chunk.toString()
    })
    const code = await new Promise<number | null>((done, reject) => {
      child.once('error', reject)
      child.once('close', done)
    })
    if (code === 0) return out.trimEnd()
    throw fault('command_failed', `muster ${args[0]} ended with ${code}: ${error.trim() || out.trim()}`)
  }
  return {
    set: (name, value) => {
      environment[name] = value
    },
    show: async (...args) => {
      narrator.command(`muster ${args.map(quoted).join(' ')}`)
      narrator.line(await run(args))
    },
    ask: async (schema, ...args) => {
      narrator.command(`muster ${args.map(quoted).join(' ')}`)
      const line = (await run([...args, '--json'])).split('\n').at(-1) ?? ''
      return schema.parse(JSON.parse(line))
    },
  }
}

function quoted(argument: string): string {
  return /^[\w./:=,@-]+$/.test(argument) ? argument : `'${argument}'`
}

/** POSTs JSON to the Braze surface, as any sender would. */
export async function postJson(
  address: string,
  path: string,
  body: object,
  key?: string,
): Promise<{ readonly status: number; readonly message: string }> {
  const response = await fetch(new URL(path, address), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  })
  const answer: unknown = await response.json()
  return { status: response.status, message: isObject(answer) ? String(answer.message) : '' }
}
