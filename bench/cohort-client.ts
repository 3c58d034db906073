import type { Stage } from './bench.ts'
import type { MusterChild } from './child.ts'
import { createPoster } from './post.ts'

/** One object of `cohort_changes`. */
export interface Change {
  readonly user_ids?: readonly string[]
  readonly device_ids?: readonly string[]
  readonly aliases?: readonly { readonly alias_label: string; readonly alias_name: string }[]
  readonly should_remove?: true
}

/** Sends imports over connections that stay; throws where one is not answered with 201. */
export type SendChanges = (cohortId: string, changes: readonly Change[]) => Promise<void>

export const partner = 'hightouch'

interface Address {
  readonly address: string
  readonly keys: { readonly partnerApiKey: string; readonly clientSecret: string }
  readonly connections: number
}

export function openCohortClient(stage: Stage, { address, keys, connections }: Address): SendChanges {
  const poster = createPoster(address, connections)
  stage.defer(async () => poster.close())
  const credentials = { partner_api_key: keys.partnerApiKey, client_secret: keys.clientSecret }
  return async (cohortId, changes) => {
    const body = { ...credentials, cohort_id: cohortId, cohort_changes: changes }
    const status = await poster.post(`/partners/${partner}/cohorts/users`, Buffer.from(JSON.stringify(body)))
    if (status !== 201) throw new Error(`the import was answered ${status}`)
  }
}

/** A client of Muster's with keys of its own. */
export async function openMusterClient(
  stage: Stage,
  muster: MusterChild,
  connections: number,
): Promise<SendChanges> {
  const made = await muster.client.createPartnerKeys({ params: { slug: partner }, body: { name: 'bench' } })
  const keys = { partnerApiKey: made.partner_api_key, clientSecret: made.data_import_key }
  return openCohortClient(stage, { address: muster.address, keys, connections })
}
