import type { z } from 'zod'
import type { Instant } from '../lib/instant.ts'
import type { ChangeOperation } from './batch.ts'
import type { Identifier, IdentifierKind } from './identifier.ts'
import type { Outcome } from './outcome.ts'

export interface DestinationLimits {
  readonly idsPerRequest: number
  readonly requestsPerHour: number
  /** Batches that may be in flight at once. */
  readonly concurrency: number
}

/** One request's worth of ids, all added or all removed. No two batches in flight share an identifier. */
export interface Batch {
  /** Names the batch among all that are ever delivered: the same when it is delivered again. `[0-9A-Za-z-]+`. */
  readonly id: string
  readonly cohortId: string
  readonly operation: ChangeOperation
  readonly identifiers: readonly Identifier[]
}

export interface CohortIdentity {
  readonly cohortId: string
  readonly name: string
  readonly createdAt: Instant
}

export interface DestinationIo {
  /** Never follows a redirect. */
  readonly fetch: (url: string, init: DestinationRequest) => Promise<DestinationResponse>
}

export interface DestinationRequest {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
}

export interface DestinationResponse {
  readonly status: number
  header(name: string): string | null
  text(): Promise<string>
}

/** A place where cohorts go. One folder under connectors `destinations/`, one contract suite for all. */
export interface Destination<Config> {
  readonly name: string
  readonly title: string
  readonly config: z.ZodType<Config>
  /** Fields of the configuration that are encrypted at rest and never shown again. */
  readonly secrets: readonly string[]
  readonly accepts: readonly IdentifierKind[]
  readonly limits: DestinationLimits
  /**
   * Names the place that the configuration sends to: who was accepted at one place says nothing of another. Keys, which are
   * renewed, are no part of it.
   */
  place(config: Config): string
  open(config: Config, io: DestinationIo): OpenDestination
}

/** What an attempt to reach the destination gave; a refusal is a value, never a throw. */
export interface OpenDestination {
  /** Fewer requests an hour than the limits of its kind, where its configuration says so. */
  readonly requestsPerHour?: number | undefined
  /** Fewer batches in flight at once. A process that dies repeats as many. */
  readonly concurrency?: number | undefined
  /** Proves endpoint and credentials without changing anything. */
  check(signal: AbortSignal): Promise<Outcome>
  /** Names the cohort: on creation, on renaming and on a sync's first run. Safe to repeat. */
  nameCohort(cohort: CohortIdentity, signal: AbortSignal): Promise<Outcome>
  /** Delivers one batch. Safe to repeat: the same batch may be delivered twice. */
  deliver(batch: Batch, signal: AbortSignal): Promise<Outcome>
  /**
   * Who is in the cohort, page by page; null where this far end tells nobody. Absent where no far end of the kind does. Throws
   * `denied` where the credentials are refused and `transient` where it does not answer.
   */
  readonly readMembers?: (
    cohortId: string,
    signal: AbortSignal,
  ) => Promise<AsyncIterable<readonly FarMember[]> | null>
}

/** A person in a cohort, by every identifier that the far end knows of them. */
export interface FarMember {
  readonly identifiers: readonly Identifier[]
}
