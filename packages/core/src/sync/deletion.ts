import { assertNever } from '../lib/assert-never.ts'
import { conflict, type MusterError } from '../lib/error.ts'
import type { RunStatus } from './run.ts'

/** What may be deleted by name, in the order in which a project's parts can be: what uses others before what it uses. */
export const deletables = ['sync', 'model', 'source', 'destination', 'notifier'] as const
export type Deletable = (typeof deletables)[number]

/** What is to be deleted. */
export interface Doomed {
  readonly kind: Deletable
  readonly name: string
}

/**
 * In the order in which they can be deleted: what uses others before what it uses, and a sync before the one that it runs after.
 * What is of no kind that can be deleted is left out.
 */
export function inDeletionOrder<T extends { readonly kind: string; readonly name: string }>(
  all: readonly T[],
  afterOf: (sync: T) => string | null,
): readonly (T & Doomed)[] {
  const of = (kind: Deletable): (T & Doomed)[] =>
    all.flatMap((one) => (one.kind === kind ? [{ ...one, kind }] : []))
  const before = new Map(of('sync').map((sync) => [sync.name, afterOf(sync)]))
  const depth = (name: string, steps = 0): number => {
    const after = before.get(name) ?? null
    return after === null || steps > before.size ? steps : depth(after, steps + 1)
  }
  const syncs = of('sync').sort((a, b) => depth(b.name) - depth(a.name))
  return deletables.flatMap((kind) => (kind === 'sync' ? syncs : of(kind)))
}

/** What is known of it before. */
export type DeletionFacts =
  | {
      readonly kind: Exclude<Deletable, 'sync'>
      /** The models that read a source; of everything else the syncs that name it. */
      readonly usedBy: readonly string[]
    }
  | {
      readonly kind: 'sync'
      /** The syncs that run after it. */
      readonly usedBy: readonly string[]
      readonly runs: readonly { readonly id: number; readonly status: RunStatus }[]
      /** For so long a request that got no answer may still reach the destination. */
      readonly unansweredMs: number
    }

/** What stands in the way. */
export type Obstacle =
  | { readonly kind: 'used'; readonly by: readonly string[] }
  | {
      readonly kind: 'unfinished'
      readonly runs: readonly { readonly id: number; readonly status: RunStatus }[]
    }
  | { readonly kind: 'unanswered'; readonly ms: number }

/** Takes what is known of a thing; returns what keeps it from being deleted, null where nothing does. */
export function obstacleTo(facts: DeletionFacts): Obstacle | null {
  if (facts.usedBy.length > 0) return { kind: 'used', by: facts.usedBy }
  if (facts.kind !== 'sync') return null
  const runs = facts.runs.filter(({ status }) => isUnfinished(status))
  if (runs.length > 0) return { kind: 'unfinished', runs }
  // Whoever makes a sync to the same cohort next must not meet what this one has still in flight (design §3.5).
  return facts.unansweredMs > 0 ? { kind: 'unanswered', ms: facts.unansweredMs } : null
}

/**
 * True of a run at which something happens by itself, or which waits for its turn or for a person's word. A plan that was only
 * asked for waits for nobody: it has sent nothing, and goes with its sync.
 */
function isUnfinished(status: RunStatus): boolean {
  switch (status) {
    case 'queued':
    case 'reading':
    case 'applying':
    case 'held':
      return true
    case 'planned':
    case 'done':
    case 'incomplete':
    case 'stopped':
    case 'failed':
    case 'superseded':
    case 'cancelled':
      return false
    default:
      return assertNever(status)
  }
}

/** The refusal, which says what to do first. */
export function refusalOf(doomed: Doomed, obstacle: Obstacle): MusterError {
  const what = `the ${doomed.kind} ${doomed.name}`
  switch (obstacle.kind) {
    case 'used':
      return conflict('in_use', `${what} ${useOf(doomed.kind, obstacle.by)}`, { hint: remedyOf(doomed.kind) })
    case 'unfinished': {
      const runs = obstacle.runs.map(({ id, status }) => `run ${id} is ${status}`).join(' and ')
      const commands = obstacle.runs.map(({ id }) => `muster cancel ${id}`).join(', ')
      return conflict('run_unfinished', `${what} has a run that has not ended: ${runs}`, {
        hint: `Cancel it first: ${commands}`,
      })
    }
    case 'unanswered': {
      const seconds = Math.ceil(obstacle.ms / 1_000)
      return conflict('requests_in_flight', `requests of ${what} may still reach its destination`, {
        hint: `Try again in ${seconds} s.`,
        retryAfterMs: obstacle.ms,
      })
    }
    default:
      return assertNever(obstacle)
  }
}

function useOf(kind: Deletable, names: readonly string[]): string {
  switch (kind) {
    case 'source':
      return `is read by ${namely('model', names)}`
    case 'model':
    case 'destination':
      return `is used by ${namely('sync', names)}`
    case 'notifier':
      return `is told by ${namely('sync', names)} of alerts`
    case 'sync':
      return `is what ${namely('sync', names)} ${names.length === 1 ? 'runs' : 'run'} after`
    default:
      return assertNever(kind)
  }
}

function remedyOf(kind: Deletable): string {
  switch (kind) {
    case 'source':
      return 'Delete these models first, or let them read another source.'
    case 'model':
    case 'destination':
      return `Delete these syncs first, or let them use another ${kind}.`
    case 'notifier':
      return 'Take it out of the alerts of these syncs first.'
    case 'sync':
      return 'Give these syncs another schedule first, or delete them first.'
    default:
      return assertNever(kind)
  }
}

const namesShown = 5

/** `the model a`; `the syncs a, b and c`; of many, so many and how many others. */
function namely(kind: string, names: readonly string[]): string {
  const [first = ''] = names
  if (names.length === 1) return `the ${kind} ${first}`
  const shown = names.slice(0, names.length > namesShown ? namesShown : -1)
  const last = names.length > namesShown ? `${names.length - namesShown} others` : names.at(-1)
  return `the ${kind}s ${shown.join(', ')} and ${last}`
}
