import type { FateCounts, ImportSummary } from '@muster/core/api/engage.ts'
import type { EngageRoutes } from '@muster/core/api/engage-routes.ts'
import { toIso } from '@muster/core/lib/instant.ts'
import type { Handlers } from '@muster/core/lib/route.ts'
import type { Engage } from '../../engage/engage.ts'
import type { ImportCounts } from '../../engage/import-cohort.ts'
import { getImport, type ImportRow, listImports } from '../../engage/import-store.ts'
import { replayImport } from '../../engage/replay-import.ts'

type ImportRoutes = Pick<EngageRoutes, 'listImports' | 'getImport' | 'replayImport'>

/** The inspector of partner requests. */
export function importHandlers({ database, clock, partnerRequests }: Engage): Handlers<ImportRoutes> {
  return {
    listImports: async ({ query }) => {
      await partnerRequests.flush()
      const { partner = null, cohort_id: cohortId = null, status = null, id = null, limit } = query
      return (await listImports(database, { partner, cohortId, status, id, limit })).map(importSummary)
    },
    getImport: async ({ params }) => {
      await partnerRequests.flush()
      const { summary, fates } = await getImport(database, params.id)
      return { ...importSummary(summary), fates: [...fates] }
    },
    replayImport: async ({ params }) => {
      await partnerRequests.flush()
      const id = await replayImport(database, params.id, clock())
      return importSummary((await getImport(database, id)).summary)
    },
  }
}

function importSummary(row: ImportRow): ImportSummary {
  const { partner, cohort_id, endpoint, status, message, cause, replay_of, key } = row
  return {
    id: row.request_id,
    partner,
    cohort_id,
    at: toIso(row.at),
    endpoint,
    status,
    message,
    cause,
    replay_of,
    key,
    counts: fateCounts(row),
  }
}

/** The counts of a row and nothing else of it. */
export function fateCounts(row: ImportCounts): FateCounts {
  const { ids, added, already_in, removed, not_in, unknown, device_of_identified } = row
  return { ids, added, already_in, removed, not_in, unknown, device_of_identified }
}
