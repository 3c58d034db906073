import { resolve } from 'node:path'
import type { Client } from '@muster/core/api/client.ts'
import type { Routes } from '@muster/core/api/routes.ts'
import { invalid, type MusterError } from '@muster/core/lib/error.ts'
import { type Config, processEnvironment, readConfig } from '@muster/server/config.ts'
import { type Command, InvalidArgumentError } from 'commander'
import { connect } from './connection.ts'
import { createOutput, type Output } from './output.ts'

/** Options that every command takes. */
export interface GlobalOptions {
  readonly dataDir?: string
  readonly address?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

/** What the work of a command gets. */
export interface Context {
  readonly client: Client<Routes>
  readonly output: Output
  readonly config: Config
}

/** Exit codes that scripts rely on. */
export const exitCodes = { done: 0, failed: 1, usage: 2, changes: 3, held: 4 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** A call that cannot be meant; `hint` says how to call. */
export function wrongUsage(message: string, hint: string): MusterError {
  return invalid('wrong_usage', message, { hint })
}

/** How a command ends that an error ended. */
export function exitCodeOfError({ code }: MusterError): ExitCode {
  if (code === 'wrong_usage') return exitCodes.usage
  return code === 'held' ? exitCodes.held : exitCodes.failed
}

/** The value of an option that counts. */
export function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number from 1 on.')
}

/** The configuration of a command: the environment, and what its flags say instead. */
export function configOf(options: GlobalOptions): Config {
  const config = readConfig(processEnvironment())
  return options.dataDir === undefined ? config : { ...config, dataDirectory: resolve(options.dataDir) }
}

/** Makes a command's output as its flags ask. */
export function outputOf(options: GlobalOptions): Output {
  return createOutput({ json: options.json === true, quiet: options.quiet === true })
}

/** Runs the work of a command with a connection that is closed after it; its result is the exit code. */
export async function withConnection(
  command: Command,
  work: (context: Context) => Promise<ExitCode | undefined>,
): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions>()
  const config = configOf(options)
  const output = outputOf(options)
  const connection = await connect(config, options.address ?? null)
  try {
    const code = await work({ client: connection.client, output, config })
    process.exitCode = code ?? exitCodes.done
  } finally {
    output.progress('')
    await connection.close()
  }
}

/** Takes a command's part of the tree; each command names an example of its use. */
export function example(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExample:\n${lines.map((line) => `  $ ${line}`).join('\n')}`)
}
