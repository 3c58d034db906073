import { z } from 'zod'

const SyncPlan = z.union([
  z.object({
    sync: z.string(),
    verdict: z.enum(['apply', 'empty', 'held']),
    added: z.int(),
    removed: z.int(),
    unchanged: z.int(),
    requests: z.int(),
    breaches: z.array(z.object({ message: z.string() })),
  }),
  z.object({ sync: z.string(), error: z.string() }),
])
export type SyncPlan = z.output<typeof SyncPlan>

/** What `muster plan --project DIR --json` prints, as far as a comment shows it. */
export const ProjectPlan = z.object({
  changes: z.array(z.object({ kind: z.string(), name: z.string(), change: z.string() })),
  only_there: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
  plans: z.array(SyncPlan),
})
export type ProjectPlan = z.output<typeof ProjectPlan>

/** What it prints in place of that where the files are wrong or the server cannot be asked. */
export const Failure = z.object({
  message: z.string(),
  details: z.array(z.object({ where: z.string().nullish(), message: z.string() })).default([]),
})
export type Failure = z.output<typeof Failure>

/** Names the comment of one project and environment, so that it is found again. */
export function markerOf(project: string, environment: string): string {
  return `<!-- muster-plan ${encodeURIComponent(project)} ${encodeURIComponent(environment)} -->`
}

/** The comment for a plan: counts only, no identifiers. */
export function planComment(plan: ProjectPlan, marker: string): string {
  const changed = plan.changes.filter(({ change }) => change !== 'unchanged')
  return [
    marker,
    '### Muster plan',
    '',
    ...(changed.length === 0
      ? ['No definition differs from the server.']
      : changed.map(({ kind, name, change }) => `- ${change} ${kind} ${code(name)}`)),
    ...(plan.only_there.length === 0
      ? []
      : [
          '',
          `On the server, not in the files: ${plan.only_there.map(({ kind, name }) => `${kind} ${code(name)}`).join(', ')}.`,
        ]),
    '',
    ...(plan.plans.length === 0 ? ['The project has no syncs.'] : planTable(plan.plans)),
    '',
    'Nothing was deployed and nothing was sent.',
  ].join('\n')
}

function planTable(plans: readonly SyncPlan[]): string[] {
  const notes = plans.flatMap((plan) => {
    const said = 'error' in plan ? [plan.error] : plan.breaches.map(({ message }) => message)
    return said.map((text) => `- ${code(plan.sync)}: ${plain(text)}`)
  })
  return [
    '| sync | | added | removed | unchanged | requests |',
    '|---|---|--:|--:|--:|--:|',
    ...plans.map(planRow),
    ...(notes.length > 0 ? ['', ...notes] : []),
  ]
}

const verdicts = { apply: '✅ will send', empty: '➖ nothing to send', held: '✋ held by a guard' } as const

function planRow(plan: SyncPlan): string {
  if ('error' in plan) return `| ${code(plan.sync)} | ❌ cannot be planned | | | | |`
  const figures = [plan.added, plan.removed, plan.unchanged, plan.requests].map((n) =>
    n.toLocaleString('en-US'),
  )
  return `| ${code(plan.sync)} | ${verdicts[plan.verdict]} | ${figures.join(' | ')} |`
}

/** The comment where the files are wrong or the server cannot be asked. */
export function failureComment(failure: Failure, marker: string): string {
  return [
    marker,
    '### Muster plan',
    '',
    `❌ ${plain(failure.message)}`,
    '',
    ...failure.details.map(({ where, message }) => `- ${where ? `${code(where)}: ` : ''}${plain(message)}`),
  ].join('\n')
}

function code(text: string): string {
  return `\`${text.replaceAll('`', '´')}\``
}

/** Text that Markdown shows as it is: no mention, no link, no table cell of its own. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>#|~@]/g, (sign) => `&#${sign.charCodeAt(0)};`).replaceAll(/\s+/g, ' ')
}
