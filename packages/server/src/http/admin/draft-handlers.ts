import type { Draft, DraftRoutes } from '@muster/core/api/draft-routes.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
import { noneSetAside } from '@muster/core/sync/rejected.ts'
import type { Drafts, Draft as PlannedDraft } from '../../sync/draft-plan.ts'

/** Plans of definitions that are not deployed. */
export function draftHandlers(sync: Pick<Drafts, 'beginDraft' | 'draft'>): Handlers<DraftRoutes> {
  return {
    beginDraft: ({ body }) => shown(sync.beginDraft({ ...body, model: body.model })),
    getDraft: async ({ params, query }) => shown(await sync.draft(params.id, query.wait * 1_000)),
  }
}

function shown(draft: PlannedDraft): Draft {
  const { id, status } = draft
  if (draft.status === 'planning') return { id, status, plan: null, error: null }
  if (draft.status === 'failed') {
    return { id, status, plan: null, error: { message: draft.message, hint: draft.hint } }
  }
  const { verdict, breaches, counts, batches } = draft.plan
  const { added, removed, unchanged, reasserted, rows, setAside = noneSetAside } = counts
  return {
    id,
    status,
    error: null,
    plan: {
      sync: draft.sync,
      verdict,
      breaches: [...breaches],
      added,
      removed,
      unchanged,
      reasserted,
      set_aside: setAside,
      rows,
      requests: batches.length,
    },
  }
}
