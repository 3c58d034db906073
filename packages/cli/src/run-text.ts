import type { CanarySummary } from '@muster/core/api/canary-summary.ts'
import type { PlanSummary, RunSummary } from '@muster/core/api/sync.ts'
import { formatShare } from '@muster/core/lib/share.ts'
import { formatIdentifier } from '@muster/core/sync/identifier.ts'
import { noneSetAside } from '@muster/core/sync/rejected.ts'
import colors from 'picocolors'
import { count, sentence } from './output.ts'

/** `muster plan --json`: stable for scripts. */
export function planAnswer(run: RunSummary): object {
  const { plan } = run
  return {
    sync: run.sync,
    run: run.id,
    status: run.status,
    verdict: plan?.verdict ?? 'failed',
    added: plan?.added ?? 0,
    removed: plan?.removed ?? 0,
    unchanged: plan?.unchanged ?? 0,
    reasserted: plan?.reasserted ?? 0,
    set_aside: plan?.set_aside ?? noneSetAside,
    rows: plan?.rows ?? null,
    requests: plan?.requests ?? 0,
    seconds: plan?.seconds ?? null,
    breaches: plan?.breaches ?? [],
    canary: run.canary,
    parts: plan?.parts ?? null,
    message: run.message,
    hint: run.hint,
    note: plan?.note ?? null,
  }
}

/** `muster apply --json` and `muster run --json`. */
export function runAnswer(run: RunSummary): object {
  return { ...planAnswer(run), ...run.delivery, outcome: run.outcome }
}

/** A plan for people. */
export function formatPlan(run: RunSummary): string {
  const { plan } = run
  if (!plan) return problem(run)
  return [
    `${colors.bold(run.sync)}: ${changes(plan)}`,
    ...(run.kind === 'undo' ? [] : [rowsLine(plan)]),
    ...setAsideLine(run.sync, plan),
    ...noteLine(plan),
    `${count(plan.requests)} request${plan.requests === 1 ? '' : 's'} to send${takes(plan)}.`,
    ...canaryPlanned(plan),
    ...samples(plan.samples),
    ...partsPlanned(plan),
    verdictLine(run, plan),
  ].join('\n')
}

/** A run that has settled, for people. */
export function formatRun(run: RunSummary): string {
  const { plan, delivery } = run
  if (!plan || run.status === 'failed') return problem(run)
  if (run.status === 'held' && delivery.accepted + delivery.rejected === 0) return formatPlan(run)
  return [
    `${colors.bold(run.sync)}: ${run.status}. ${changes(plan)}`,
    ...(run.kind === 'undo' ? [] : [rowsLine(plan)]),
    `${count(delivery.planned)} planned = ${count(delivery.accepted)} accepted + ${count(delivery.rejected)} rejected + ${count(delivery.pending)} pending, in ${count(delivery.requests)} request${delivery.requests === 1 ? '' : 's'}.`,
    ...rejectedLine(run),
    ...setAsideLine(run.sync, plan),
    ...noteLine(plan),
    ...canaryFound(run.canary),
    ...(run.status === 'done' ? [] : [problem(run)]),
  ].join('\n')
}

function changes(plan: PlanSummary): string {
  const again = plan.reasserted > 0 ? ` (${count(plan.reasserted)} of them again)` : ''
  return [
    colors.green(`+${count(plan.added)}`) + again,
    colors.red(`-${count(plan.removed)}`),
    `${count(plan.unchanged)} unchanged`,
  ].join('  ')
}

function rowsLine({ rows }: PlanSummary): string {
  return `${count(rows.read)} rows = ${count(rows.members)} members + ${count(rows.null)} without identifier + ${count(rows.invalid)} invalid + ${count(rows.duplicate)} duplicate.`
}

/** The ledger of a run is written when it has ended. */
function rejectedLine({ id, sync, status, delivery }: RunSummary): string[] {
  if (delivery.rejected === 0 || status === 'held') return []
  return [`Which were rejected, and why: muster ledger ${sync} --run ${id} --status rejected`]
}

/** What is not sent, since the destination rejects it again and again. */
function setAsideLine(sync: string, { set_aside: { removed, added, coupled } }: PlanSummary): string[] {
  if (removed + added + coupled === 0) return []
  const of = (many: number, what: string): string[] =>
    many === 0 ? [] : [`${count(many)} ${what}${many === 1 ? '' : 's'}`]
  const all = [...of(added, 'addition'), ...of(removed, 'removal')].join(' and ')
  const stay =
    coupled === 0
      ? ''
      : ` ${count(coupled)} ${coupled === 1 ? 'identifier stays' : 'identifiers stay'} in, because the one that took ${coupled === 1 ? 'its' : 'their'} place is set aside.`
  return [`${all} set aside, rejected again and again: muster rejected ${sync} --set-aside.${stay}`]
}

/** What a run would send of a held plan, and what would wait. */
function partsPlanned({ parts }: PlanSummary): string[] {
  if (!parts) return []
  const { going, waiting } = parts
  const sums = ({ removed, added }: typeof going): string =>
    `${count(removed)} removal${removed === 1 ? '' : 's'} and ${count(added)} addition${added === 1 ? '' : 's'}`
  return [
    `A run sends ${sums(going)}; ${sums(waiting)} wait until they are released, for example:`,
    ...samples(parts.samples).slice(1),
  ]
}

function canaryPlanned({ canary }: PlanSummary): string[] {
  if (!canary) return []
  const matched =
    canary.min_matched === undefined
      ? ''
      : `, and at least ${formatShare(canary.min_matched)} of the additions are in the cohort`
  return [
    `The first ${count(canary.first)} of each operation go alone; the others when at most ${formatShare(canary.max_rejected)} of them are rejected${matched}.`,
  ]
}

function canaryFound(canary: CanarySummary | null): string[] {
  return (canary?.steps ?? []).flatMap(({ removed, added, check }) => {
    if (!check) return []
    const found = `The first ${count(removed)} removals and ${count(added)} additions went alone: ${count(check.accepted)} accepted, ${count(check.rejected)} rejected`
    const matched =
      check.matched === null ? '' : `, ${count(check.matched)} of ${count(check.added)} in the cohort`
    return [`${found}${matched}.`]
  })
}

function noteLine({ note }: PlanSummary): string[] {
  return note ? [sentence(note)] : []
}

/** How long it takes, in words; nothing where it is nothing. */
function takes({ seconds }: PlanSummary): string {
  if (seconds === undefined || seconds < 1) return ''
  if (seconds < 120) return `, about ${count(Math.ceil(seconds))} s`
  return seconds < 7_200
    ? `, about ${count(Math.round(seconds / 60))} minutes`
    : `, about ${count(Math.round(seconds / 3_600))} hours`
}

function samples(of: PlanSummary['samples']): string[] {
  const line = (mark: string, sample: PlanSummary['samples']['added'][number]): string =>
    `  ${mark} ${formatIdentifier(sample.identifier)}  ${colors.dim(`row ${sample.row_key}`)}`
  const shown = [
    ...of.removed.slice(0, 5).map((sample) => line(colors.red('-'), sample)),
    ...of.added.slice(0, 5).map((sample) => line(colors.green('+'), sample)),
  ]
  return shown.length === 0 ? [] : ['For example:', ...shown]
}

function verdictLine(run: RunSummary, plan: PlanSummary): string {
  switch (plan.verdict) {
    case 'empty':
      return 'Nothing to send.'
    case 'apply':
      return run.status === 'planned' ? `Apply it with: muster apply ${run.sync}` : ''
    case 'held':
      return [
        ...plan.breaches.map((breach) => colors.yellow(`Held by ${breach.guard}: ${breach.message}.`)),
        `Nothing was sent. If this is right, release it with: muster apply ${run.sync} --release`,
      ].join('\n')
  }
}

function problem(run: RunSummary): string {
  return `${colors.red(run.status)}: ${sentence(run.message)}${run.hint ? `\n${sentence(run.hint)}` : ''}`
}
