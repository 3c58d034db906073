import type { SealedSource } from '@muster/core/sync/connector.ts'
import type { OpenSource } from '@muster/core/sync/source.ts'

/** What a source must be told so that the suite can be run against it. */
export interface SourceSetup {
  readonly source: SealedSource
  /** Puts these people where the source reads: columns `id`, `crm_id`, `city`; returns the configuration. */
  readonly fill: (directory: string, people: readonly Person[]) => Promise<Readonly<Record<string, unknown>>>
  /** The FROM item that names them. */
  readonly table: string
  /** Where `browse` shows them. */
  readonly catalog: { readonly schema: string | null; readonly name: string }
  readonly speech: Speech
  /** For a source that is reached over a network. */
  readonly network?: Network
  /** The configuration of an account that may make tables of ours; absent: the one that reads. */
  readonly engine?: (config: Config) => Config
  /** For a database with roles: configurations of one that may write the table and of one that may only read it. */
  readonly roles?: {
    readonly writer: (config: Config) => Config | Promise<Config>
    readonly reader: (config: Config) => Config | Promise<Config>
  }
}

export type Config = Readonly<Record<string, unknown>>

/** What the suite must say in the words of a dialect. */
export interface Speech {
  /** An SQL expression of this text. */
  readonly text: (value: string) => string
  /** Whether a text can hold U+0000. */
  readonly hasNul: boolean
  /** A text expression over the people that fails when it meets the row whose id is '3', and only when it runs. */
  readonly failing: string
  /** A SELECT whose result column `id` has more rows than can be read in a minute, the first of them at once. */
  readonly endless: string
  /** A SELECT whose result column `id` has the numbers from 1 to n, in any order. */
  readonly numbers: (n: number) => string
  /** How exactly the database tells the place of an error in a statement. */
  readonly place: 'column' | 'line' | 'none'
  /** Select items of the dialect's types, and the text that each is read as. At least bigint, decimal, boolean, timestamp. */
  readonly types: Readonly<Record<string, { readonly sql: string; readonly text: string | null }>>
  /** More statements that write or reach out in this dialect, `X` for the table: each is refused. */
  readonly refused: readonly string[]
}

export interface Network {
  /** Where the configured server listens. */
  readonly address: (config: Config) => { readonly host: string; readonly port: number }
  /** The configuration with another port of 127.0.0.1. */
  readonly at: (config: Config, port: number) => Config
  /** The configuration with credentials that are wrong; the given text is the wrong secret. */
  readonly wrongLogin?: (config: Config, secret: string) => Config
}

export interface Person {
  readonly id: string
  readonly crm_id: string | null
  readonly city: string | null
}

export const people: readonly Person[] = [
  { id: '1', crm_id: '007', city: 'Köln' },
  { id: '2', crm_id: null, city: "L'Aquila" },
  { id: '3', crm_id: 'C-3', city: null },
]

/** A source under test, opened once for all parts of the suite. */
export interface SourceUnderTest {
  readonly setup: SourceSetup
  readonly select: string
  readonly open: () => OpenSource
  readonly config: () => Config
  readonly emptyDirectory: () => Promise<string>
}
