import type { z } from 'zod'
import type { Instant } from '../lib/instant.ts'
import type { AlertKind } from './alert.ts'
import type { DestinationIo } from './destination.ts'
import type { Outcome } from './outcome.ts'

/** What people are told when an alert of a sync begins or ends, and when a notifier is tested. */
export interface Notice {
  /** The same when it is sent again. */
  readonly id: string
  readonly event: 'raised' | 'recovered' | 'test'
  readonly sync: string
  readonly alert: AlertKind | null
  /** One sentence. */
  readonly message: string
  readonly at: Instant
  /** Where to look, in the web app. */
  readonly link: string
}

/** A way to tell people. One folder under connectors `notifiers/`, one contract suite for all. */
export interface Notifier<Config> {
  readonly name: string
  readonly title: string
  readonly config: z.ZodType<Config>
  /** Fields of the configuration that are encrypted at rest and never shown again. */
  readonly secrets: readonly string[]
  open(config: Config, io: DestinationIo): OpenNotifier
}

export interface OpenNotifier {
  /** Tells it once; a refusal is a value, never a throw. Safe to repeat: the same notice may be told twice. */
  tell(notice: Notice, signal: AbortSignal): Promise<Outcome>
}

/** The notice in one line, for where there is room for no more. */
export function headline({ event, sync, message }: Notice): string {
  if (event === 'test') return `Test of Muster: ${message}`
  return event === 'raised' ? `${sync}: ${message}` : `${sync} is well again: ${message}`
}
