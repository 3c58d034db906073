import { z } from 'zod'
import type { CanaryCheck } from './canary.ts'
import type { Outcome, OutcomeKind } from './outcome.ts'
import type { PartSums } from './part.ts'
import type { Plan } from './plan.ts'
import type { SetAside } from './rejected.ts'
import type { RunKind } from './run-kind.ts'

/** What people are told of a run: one sentence, and where something is to be done, what. */
export interface Report {
  readonly message: string
  readonly hint: string | null
  /** Of a run that did not end as it was wanted. */
  readonly cause?: RunCause
}

/** Why a run did not end as it was wanted: a stable word, and the sentence of who knows, in that one's own language. */
export const RunCause = z.object({ code: z.string(), reason: z.string() })
export type RunCause = z.infer<typeof RunCause>

/** What became of the ids of a run: planned = accepted + rejected + pending. */
export interface DeliverySums {
  readonly planned: number
  readonly accepted: number
  readonly rejected: number
  readonly pending: number
  readonly requests: number
}

/**
 * How sending ended: all settled, time ran out or the destination would not answer, it refused the credentials, somebody
 * ended it, or the first changes were found bad.
 */
export type DeliveryEnd =
  | { readonly kind: 'settled' }
  | { readonly kind: 'unfinished'; readonly reason: string }
  | { readonly kind: 'stopped'; readonly reason: string }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'held'; readonly check: CanaryCheck }
  /** All that goes is settled, and a part of the plan waits for a person. */
  | { readonly kind: 'waits'; readonly waiting: PartSums; readonly reason: string; readonly sync: string }

export function reportPlan(plan: Plan, kind: RunKind = 'sync'): Report {
  const { added, removed, unchanged } = plan.counts
  if (plan.verdict === 'held') {
    return {
      message: `held by a guard: ${plan.breaches.map((breach) => breach.message).join('; ')}`,
      hint: 'Look at the plan; apply it with release if it is right, or mend the model and plan again.',
    }
  }
  if (plan.verdict === 'empty' && kind === 'undo') {
    return { message: 'nothing to undo: what that run changed does not stand any more', hint: null }
  }
  if (plan.verdict === 'empty') {
    return { message: nothingToSend(plan), hint: null }
  }
  return {
    message: `${added} to add, ${removed} to remove, ${unchanged} unchanged; nothing is sent yet`,
    hint: null,
  }
}

function nothingToSend({ counts: { rows, setAside } }: Plan): string {
  return setAside
    ? asideMessage(setAside)
    : `nothing to send: all ${rows.members} members are accepted already`
}

function asideMessage({ removed, added, coupled }: SetAside): string {
  const changes = removed + added + coupled
  return `nothing to send: ${changes} ${changes === 1 ? 'change is' : 'changes are'} set aside, rejected again and again`
}

/** The sentence of a run that has ended; `counts` are those of its plan. */
export function reportEnd(
  end: DeliveryEnd,
  sums: DeliverySums,
  names: {
    readonly destination: string
    readonly cohort: string
    readonly run: number
    readonly setAside?: SetAside | undefined
  },
): Report {
  const rejected =
    sums.rejected > 0 ? `; ${sums.rejected} ${sums.rejected === 1 ? 'was' : 'were'} rejected` : ''
  if (end.kind === 'stopped') {
    return {
      message: `the destination ${names.destination} refuses the credentials: ${end.reason}`,
      hint: `Put valid keys into the destination ${names.destination}, then run again; ${sums.pending} changes are pending.`,
      cause: { code: 'unauthorized', reason: end.reason },
    }
  }
  if (end.kind === 'unfinished') {
    return {
      message: `${sums.accepted} of ${sums.planned} changes accepted, ${sums.pending} pending${rejected}: ${end.reason}`,
      hint: 'Nothing is lost: the next run takes up what is pending.',
      cause: { code: 'unfinished', reason: end.reason },
    }
  }
  if (end.kind === 'cancelled') {
    return {
      message: `${sums.accepted} of ${sums.planned} changes accepted, ${sums.pending} pending${rejected}`,
      hint: 'Nothing is lost: the next run takes up what is pending.',
    }
  }
  if (end.kind === 'held') {
    const reason = end.check.findings.join('; ')
    return {
      message: `held by its canary: ${reason}; ${sums.accepted} of ${sums.planned} changes accepted, ${sums.pending} pending`,
      hint: `See the requests of the run in the web app. Send the others with: muster release ${names.run}; or drop them with: muster cancel ${names.run}, and take back what was sent with: muster undo ${names.run}.`,
      cause: { code: 'canary', reason },
    }
  }
  if (end.kind === 'waits') {
    const { removed, added } = end.waiting
    return {
      message: `held in part: ${removed} removals and ${added} additions wait, since ${end.reason}; ${sums.accepted} of ${sums.planned} other changes accepted${rejected}`,
      hint: `Look at what waits with: muster plan ${end.sync}. If it is right, send it with: muster apply ${end.sync} --release`,
      cause: { code: 'waits', reason: end.reason },
    }
  }
  if (sums.planned === 0) {
    const message = names.setAside
      ? asideMessage(names.setAside)
      : `nothing to send: cohort ${names.cohort} is as desired`
    return { message, hint: null }
  }
  return {
    message: `${sums.accepted} of ${sums.planned} changes accepted by ${names.destination}${rejected}`,
    hint: sums.rejected > 0 ? 'The ledger says which, and why: muster ledger SYNC --status rejected' : null,
  }
}

/** What a test told: a sentence, and how it ended for whoever says it in another language. */
export interface CheckReport {
  readonly ok: boolean
  readonly message: string
  readonly outcome: OutcomeKind
}

/** What a connection test tells of a destination. */
export function reportCheck(outcome: Outcome): CheckReport {
  return { ...sentenceOf(outcome), outcome: outcome.kind }
}

function sentenceOf(outcome: Outcome): { readonly ok: boolean; readonly message: string } {
  switch (outcome.kind) {
    case 'accepted':
      return { ok: true, message: 'it answers and can be sent to' }
    case 'unauthorized':
      return { ok: false, message: `the endpoint refuses the keys: ${outcome.message}` }
    case 'refused':
      return {
        ok: false,
        message: `the endpoint answers, but not as a cohort endpoint does: ${outcome.message}`,
      }
    case 'unavailable':
      return { ok: false, message: outcome.message }
  }
}
