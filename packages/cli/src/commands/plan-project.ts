import type { DraftPlan } from '@muster/core/api/draft-routes.ts'
import type { ResourceChange } from '@muster/core/api/resource-change.ts'
import { MusterError } from '@muster/core/lib/error.ts'
import { processEnvironment } from '@muster/server/config.ts'
import { type Context, type ExitCode, exitCodes } from '../command.ts'
import { count, sentence, table } from '../output.ts'
import { deployResource } from '../project/deploy.ts'
import { type Resource, readProject } from '../project/project.ts'
import { onlyOnServer } from '../project/server-resources.ts'

interface ProjectPlanOptions {
  readonly project: string
  readonly env?: string
  readonly exitCode?: boolean
}

type SyncDraft = DraftPlan | { readonly sync: string; readonly error: string }

/**
 * Plans the syncs of a project as its files have them, or one of them, against what their destinations have accepted.
 * Deploys nothing and sends nothing. A sync that cannot be planned is told beside the others.
 */
export async function planProject(
  { client, output }: Context,
  only: string | undefined,
  { project, env, exitCode }: ProjectPlanOptions,
): Promise<ExitCode> {
  const resources = await readProject(project, {
    environment: processEnvironment(),
    ...(env === undefined ? {} : { overlay: env }),
  })
  const changes: ResourceChange[] = []
  for (const resource of resources) {
    output.progress(`comparing ${resource.kind} ${resource.name}`)
    changes.push(await changeOf(client, resource))
  }
  const syncs = resources.filter(({ kind, name }) => kind === 'sync' && (only === undefined || name === only))
  const plans: SyncDraft[] = []
  for (const sync of syncs) {
    output.progress(`planning ${sync.name}`)
    plans.push(await draftOf(client, sync, resources))
  }
  const only_there = (await onlyOnServer(client, resources)).map(({ kind, name }) => ({ kind, name }))
  output.answer({ changes, only_there, plans }, () => text(changes, only_there, plans))
  if (plans.some((plan) => 'error' in plan)) return exitCodes.failed
  if (plans.some((plan) => 'verdict' in plan && plan.verdict === 'held')) return exitCodes.held
  const sends = plans.some((plan) => 'verdict' in plan && plan.added + plan.removed > 0)
  return exitCode && sends ? exitCodes.changes : exitCodes.done
}

/** What a model or sync cannot be compared with, since what it is made of is new, differs. */
async function changeOf(client: Context['client'], resource: Resource): Promise<ResourceChange> {
  try {
    return await deployResource(client, resource, true)
  } catch (error) {
    if (!(error instanceof MusterError)) throw error
    const { kind, name } = resource
    return { kind, name, change: 'update' }
  }
}

async function draftOf(
  client: Context['client'],
  sync: Resource,
  resources: readonly Resource[],
): Promise<SyncDraft> {
  const model = resources.find(({ kind, name }) => kind === 'model' && name === sync.definition.model)
  try {
    const body = {
      name: sync.name,
      definition: { ...sync.definition },
      ...(model === undefined ? {} : { model: { ...model.definition } }),
    }
    let draft = await client.beginDraft({ body })
    while (draft.status === 'planning') {
      draft = await client.getDraft({ params: { id: draft.id }, query: { wait: 10 } })
    }
    if (draft.plan) return draft.plan
    const hint = draft.error?.hint ? ` ${sentence(draft.error.hint)}` : ''
    return { sync: sync.name, error: `${sentence(draft.error?.message ?? 'it could not be planned')}${hint}` }
  } catch (error) {
    if (error instanceof MusterError) return { sync: sync.name, error: sentence(error.message) }
    throw error
  }
}

function text(
  changes: readonly ResourceChange[],
  onlyThere: readonly { readonly kind: string; readonly name: string }[],
  plans: readonly SyncDraft[],
): string {
  const named = (all: readonly { readonly kind: string; readonly name: string }[]): string =>
    all.map(({ kind, name }) => `${kind} ${name}`).join(', ')
  const differing = changes.filter(({ change }) => change !== 'unchanged')
  const rows = plans.map((plan) =>
    'error' in plan
      ? [plan.sync, 'cannot be planned', '', '', '', '']
      : [plan.sync, plan.verdict, ...[plan.added, plan.removed, plan.unchanged, plan.requests].map(count)],
  )
  const notes = plans.flatMap((plan) =>
    'error' in plan
      ? [`${plan.sync}: ${plan.error}`]
      : plan.breaches.map(({ message }) => `${plan.sync}: ${sentence(message)}`),
  )
  return [
    differing.length === 0 ? 'No definition differs from the server.' : `Differing: ${named(differing)}.`,
    ...(onlyThere.length === 0 ? [] : [`On the server, not in the files: ${named(onlyThere)}.`]),
    table(['sync', 'verdict', 'added', 'removed', 'unchanged', 'requests'], rows),
    ...notes,
    'Nothing was deployed and nothing was sent.',
  ].join('\n')
}
