import type { z } from 'zod'
import { invalid } from '../lib/error.ts'
import type { Destination, DestinationIo, OpenDestination } from './destination.ts'
import type { OpenSource, Source } from './source.ts'

/** A connector whose configuration type is closed over: what a registry holds. */
export interface SealedSource {
  readonly name: string
  readonly title: string
  readonly secrets: readonly string[]
  /** Throws `invalid` where the configuration is wrong, naming each field. */
  open(config: unknown): Promise<OpenSource>
  parse(config: unknown): void
}

export interface SealedDestination
  extends Pick<Destination<unknown>, 'name' | 'title' | 'secrets' | 'accepts' | 'limits'> {
  open(config: unknown, io: DestinationIo): OpenDestination
  parse(config: unknown): void
}

/** What the composition root hands the sync half: connector name → how to load it when it is used. */
export interface Connectors {
  readonly sources: { readonly [name: string]: () => Promise<SealedSource> }
  readonly destinations: { readonly [name: string]: () => Promise<SealedDestination> }
}

export function sealSource<Config>(source: Source<Config>): SealedSource {
  const { name, title, secrets } = source
  const parse = (config: unknown): Config => parseConfig(source.config, config, `source ${name}`)
  return { name, title, secrets, parse, open: async (config) => source.open(parse(config)) }
}

export function sealDestination<Config>(destination: Destination<Config>): SealedDestination {
  const { name, title, secrets, accepts, limits } = destination
  const parse = (config: unknown): Config => parseConfig(destination.config, config, `destination ${name}`)
  return {
    name,
    title,
    secrets,
    accepts,
    limits,
    parse,
    open: (config, io) => destination.open(parse(config), io),
  }
}

function parseConfig<Config>(schema: z.ZodType<Config>, config: unknown, what: string): Config {
  const parsed = schema.safeParse(config)
  if (parsed.success) return parsed.data
  const details = parsed.error.issues.map((issue) => ({
    where: ['config', ...issue.path.map(String)].join('.'),
    message: issue.message,
  }))
  const first = details[0]
  throw invalid(
    'bad_config',
    `the configuration of ${what} is wrong${first ? `: ${first.where} ${first.message}` : ''}`,
    {
      hint: 'Correct the fields that the details name.',
      details,
    },
  )
}
