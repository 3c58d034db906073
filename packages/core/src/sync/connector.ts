import type { z } from 'zod'
import { invalid } from '../lib/error.ts'
import { parseWritten } from '../lib/problems.ts'
import type { Destination, DestinationIo, OpenDestination } from './destination.ts'
import type { Dialect } from './dialect.ts'
import type { Notifier, OpenNotifier } from './notifier.ts'
import type { OpenSource, Source } from './source.ts'

/** A connector whose configuration type is closed over: what a registry holds. */
export interface SealedSource {
  readonly name: string
  readonly title: string
  readonly secrets: readonly string[]
  readonly dialect: Dialect
  /** The configuration that it takes. */
  readonly config: z.ZodType
  /** Throws `invalid` where the configuration is wrong, naming each field. */
  open(config: unknown): Promise<OpenSource>
  parse(config: unknown): void
}

export interface SealedDestination
  extends Pick<Destination<unknown>, 'name' | 'title' | 'secrets' | 'accepts' | 'limits'> {
  /** The configuration that it takes. */
  readonly config: z.ZodType
  place(config: unknown): string
  open(config: unknown, io: DestinationIo): OpenDestination
  parse(config: unknown): void
}

export interface SealedNotifier extends Pick<Notifier<unknown>, 'name' | 'title' | 'secrets'> {
  /** The configuration that it takes. */
  readonly config: z.ZodType
  open(config: unknown, io: DestinationIo): OpenNotifier
  parse(config: unknown): void
}

/** What the composition root hands the sync half: connector name → how to load it when it is used. */
export interface Connectors {
  readonly sources: { readonly [name: string]: () => Promise<SealedSource> }
  readonly destinations: { readonly [name: string]: () => Promise<SealedDestination> }
  readonly notifiers: { readonly [name: string]: () => Promise<SealedNotifier> }
}

export function sealSource<Config>(source: Source<Config>): SealedSource {
  const { name, title, secrets, dialect, config } = source
  const parse = (given: unknown): Config => parseConfig(source.config, given, `source ${name}`)
  return { name, title, secrets, dialect, config, parse, open: async (given) => source.open(parse(given)) }
}

export function sealDestination<Config>(destination: Destination<Config>): SealedDestination {
  const { name, title, secrets, accepts, limits, config } = destination
  const parse = (given: unknown): Config => parseConfig(destination.config, given, `destination ${name}`)
  return {
    name,
    title,
    secrets,
    accepts,
    limits,
    config,
    parse,
    place: (given) => destination.place(parse(given)),
    open: (given, io) => destination.open(parse(given), io),
  }
}

export function sealNotifier<Config>(notifier: Notifier<Config>): SealedNotifier {
  const { name, title, secrets, config } = notifier
  const parse = (given: unknown): Config => parseConfig(notifier.config, given, `notifier ${name}`)
  return { name, title, secrets, config, parse, open: (given, io) => notifier.open(parse(given), io) }
}

/** Takes what was written as the configuration; returns it parsed, or throws `invalid` naming each field. */
function parseConfig<Config>(schema: z.ZodType<Config>, config: unknown, what: string): Config {
  const parsed = parseWritten(schema, config)
  if (parsed.ok) return parsed.data
  const details = parsed.problems.map(({ path, message }) => ({
    where: ['config', ...path.map(String)].join('.'),
    message,
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
