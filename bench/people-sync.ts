import type { Client } from '@muster/core/api/client.ts'
import type { Routes } from '@muster/core/api/routes.ts'
import type { RunSummary } from '@muster/core/api/sync.ts'

export interface PeopleSync {
  /** A DuckDB file, or another source. */
  readonly warehouse: string | { readonly type: string; readonly config: Record<string, unknown> }
  readonly engine?: 'warehouse'
  readonly restEndpoint: string
  readonly partnerApiKey: string
  readonly dataImportKey: string
}

const name = 'people'

/** Describes the sync of the benches: a source, DuckDB unless another is given, a model, Braze Cohorts, identifiers external_id, else alias. */
export async function describePeopleSync(client: Client<Routes>, sync: PeopleSync): Promise<void> {
  const params = { name }
  const { warehouse } = sync
  const file = { type: 'duckdb', config: { path: warehouse } }
  await client.putSource({ params, body: typeof warehouse === 'string' ? file : warehouse })
  const sql = 'select contact_id, customer_id, crm_id from people'
  await client.putModel({ params, body: { source: name, sql, key: 'contact_id' } })
  const config = {
    rest_endpoint: sync.restEndpoint,
    partner: 'hightouch',
    partner_api_key: sync.partnerApiKey,
    data_import_key: sync.dataImportKey,
  }
  await client.putDestination({ params, body: { type: 'braze-cohorts', config } })
  const identifiers = [{ external_id: 'customer_id' }, { alias: { label: 'crm', name: 'crm_id' } }]
  const body = {
    model: name,
    destination: name,
    identifiers,
    cohort: { create: 'People' },
    schedule: 'manual',
    ...(sync.engine ? { engine: sync.engine } : {}),
  }
  await client.putSync({ params, body })
}

/** Reads and plans. */
export async function planPeople(client: Client<Routes>): Promise<RunSummary> {
  return settled(client, await client.planSync({ params: { name } }), 'planned')
}

/** Reads, plans and applies. */
export async function runPeople(client: Client<Routes>): Promise<RunSummary> {
  return settled(client, await client.runSync({ params: { name } }), 'done')
}

/** Takes what the model gives as accepted, and sends nothing. */
export async function resetPeople(client: Client<Routes>): Promise<RunSummary> {
  return settled(client, await client.resetSync({ params: { name } }), 'done')
}

/** Waits for the end of a run; another end than the wanted one would make the figure worthless. */
async function settled(
  client: Client<Routes>,
  begun: RunSummary,
  wanted: RunSummary['status'],
): Promise<RunSummary> {
  let run = begun
  while (
    run.status === 'reading' ||
    run.status === 'applying' ||
    (wanted === 'done' && run.status === 'planned')
  ) {
    run = await client.getRun({ params: { id: run.id }, query: { wait: 30 } })
  }
  if (run.status !== wanted) throw new Error(`the run ended ${run.status}: ${run.message}`)
  return run
}

/** Throws when a run did not plan exactly this. */
export function expectPlan(
  { plan }: RunSummary,
  expected: { readonly added: number; readonly removed: number; readonly unchanged: number },
): void {
  const { added, removed, unchanged } = plan ?? { added: null, removed: null, unchanged: null }
  const told = JSON.stringify({ added, removed, unchanged })
  if (told !== JSON.stringify(expected)) throw new Error(`planned ${told}, not ${JSON.stringify(expected)}`)
}
