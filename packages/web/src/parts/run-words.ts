import type { RunSummary } from '@muster/core/api/sync.ts'
import { assertNever } from '@muster/core/lib/assert-never.ts'
import type { Text } from '../locales/en.ts'

/** What is told of a run in the page's language; `said` is what somebody else said of it, in theirs. */
export interface RunWords {
  readonly line: string
  readonly said: string | null
  readonly hint: string | null
}

/** Held after its first changes were sent: they were found bad. */
export function wasTried({ status, cause }: RunSummary): boolean {
  return status === 'held' && cause?.code === 'canary'
}

/** Says how a run stands by its status, its figures and the code of its end. */
export function runWords(run: RunSummary, { run: { says, hint }, rejected: words, errors }: Text): RunWords {
  const { plan, delivery, cause } = run
  const { accepted, planned, pending, rejected } = delivery
  const aside = plan === null ? 0 : plan.set_aside.removed + plan.set_aside.added + plan.set_aside.coupled
  const only = (line: string): RunWords => ({ line, said: null, hint: null })
  switch (run.status) {
    case 'queued':
      return only(says.queued)
    case 'reading':
      return only(says.reading)
    case 'planned': {
      if (plan === null) return only('')
      if (plan.verdict !== 'empty') return only(says.planned(plan.added, plan.removed, plan.unchanged))
      if (aside > 0) return only(words.nothing(aside))
      return only(run.kind === 'undo' ? says.emptyUndo : says.empty(plan.rows.members))
    }
    case 'held':
      if (wasTried(run))
        return { line: says.heldByCanary(accepted, planned, pending), said: null, hint: hint.canary }
      return plan?.verdict === 'held'
        ? { line: says.held, said: null, hint: hint.held }
        : only(says.heldByHand)
    case 'applying':
      return only(says.applying(plan?.requests ?? 0))
    case 'done': {
      if (run.kind === 'reset') return only(says.doneReset)
      if (planned === 0) return only(aside > 0 ? words.nothing(aside) : says.doneEmpty)
      const line = says.done(accepted, planned)
      return rejected === 0
        ? only(line)
        : { line: `${line} ${says.rejected(rejected)}`, said: null, hint: hint.rejected }
    }
    case 'incomplete':
      if (cause?.code === 'waits' && plan?.parts) {
        const { removed, added } = plan.parts.waiting
        return { line: says.waits(removed, added), said: cause.reason, hint: hint.waits }
      }
      return {
        line: says.incomplete(accepted, planned, pending),
        said: cause?.reason ?? '',
        hint: hint.pending,
      }
    case 'stopped':
      return { line: says.stopped, said: cause?.reason ?? '', hint: hint.stopped }
    case 'cancelled':
      return accepted + rejected === 0
        ? only(says.cancelledUnsent)
        : { line: says.cancelled(accepted, planned, pending), said: null, hint: hint.pending }
    case 'superseded':
      return only(says.superseded)
    case 'failed': {
      const known = cause === null ? undefined : errors[cause.code]
      return { line: known ? `${known.message}.` : '', said: run.message, hint: known?.hint ?? null }
    }
    default:
      return assertNever(run.status)
  }
}
