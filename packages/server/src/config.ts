import { resolve } from 'node:path'
import { invalid } from '@muster/core/lib/error.ts'
import { z } from 'zod'

/** How this process is to run. The only file that reads the environment. */
export interface Config {
  readonly dataDirectory: string
  readonly host: string
  readonly port: number
  /** How others reach this server; absent: host and port. */
  readonly publicUrl: string | null
  /** Absent: an embedded PostgreSQL in the data directory. */
  readonly databaseUrl: string | null
  /** 32 bytes as hex; absent: made once and kept in the data directory. */
  readonly secretKey: string | null
  /** Lets a remote administrator in; absent: made once and kept in the data directory. */
  readonly adminToken: string | null
  readonly logLevel: LogLevel
  /** What the engine may hold in memory for one run of a sync before it spills to the data directory, in MB. */
  readonly memoryMb: number
  /** Requests of one data import key to the partner endpoints, an hour of the clock. */
  readonly cohortRequestsPerHour: number
  /** What `/users/track` counts towards its 75 objects: all arrays together, or each alone. */
  readonly trackLimit: 'combined' | 'each'
  /** How long the ids of partner requests are kept. */
  readonly importsKeptDays: number
  /** How long it is kept what syncs have sent to whom; null: for ever. */
  readonly ledgerKeptDays: number | null
}

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export type Environment = Readonly<Record<string, string | undefined>>

const Variables = z.object({
  MUSTER_DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, { error: 'must begin with postgres://' })
    .optional(),
  MUSTER_DATA_DIR: z.string().min(1).default('.muster'),
  MUSTER_HOST: z.string().min(1).default('127.0.0.1'),
  MUSTER_PORT: z.coerce.number().int().min(0).max(65_535).default(4400),
  MUSTER_PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be a http(s) URL' }).optional(),
  MUSTER_SECRET_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, { error: 'must be 64 hexadecimal digits (openssl rand -hex 32)' })
    .optional(),
  MUSTER_ADMIN_TOKEN: z.string().min(16, { error: 'must have at least 16 characters' }).optional(),
  MUSTER_COHORT_REQUESTS_PER_HOUR: z.coerce.number().int().min(1).default(250_000),
  MUSTER_TRACK_LIMIT: z.enum(['combined', 'each']).default('combined'),
  MUSTER_IMPORTS_KEPT_DAYS: z.coerce.number().min(1).max(36_500).default(30),
  MUSTER_LEDGER_KEPT_DAYS: z.coerce.number().min(1).max(36_500).optional(),
  MUSTER_MEMORY_MB: z.coerce.number().int().min(64).default(192),
  MUSTER_LOG: z.enum(logLevels).default('warn'),
})

/** Takes the environment; an empty variable counts as absent. Throws `invalid` naming every wrong variable at once. */
export function readConfig(environment: Environment): Config {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const parsed = Variables.safeParse(set)
  if (!parsed.success) {
    throw invalid('bad_environment', 'the environment is wrong', {
      details: parsed.error.issues.map((issue) => ({ where: issue.path.join('.'), message: issue.message })),
    })
  }
  const variables = parsed.data
  return {
    dataDirectory: resolve(variables.MUSTER_DATA_DIR),
    host: variables.MUSTER_HOST,
    port: variables.MUSTER_PORT,
    publicUrl: variables.MUSTER_PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    databaseUrl: variables.MUSTER_DATABASE_URL ?? null,
    secretKey: variables.MUSTER_SECRET_KEY ?? null,
    adminToken: variables.MUSTER_ADMIN_TOKEN ?? null,
    logLevel: variables.MUSTER_LOG,
    memoryMb: variables.MUSTER_MEMORY_MB,
    cohortRequestsPerHour: variables.MUSTER_COHORT_REQUESTS_PER_HOUR,
    trackLimit: variables.MUSTER_TRACK_LIMIT,
    importsKeptDays: variables.MUSTER_IMPORTS_KEPT_DAYS,
    ledgerKeptDays: variables.MUSTER_LEDGER_KEPT_DAYS ?? null,
  }
}

/** The environment of this process. */
export function processEnvironment(): Environment {
  return process.env
}
