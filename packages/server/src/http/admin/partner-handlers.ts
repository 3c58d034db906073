import type { KeyInfo } from '@muster/core/api/engage.ts'
import type { EngageRoutes } from '@muster/core/api/engage-routes.ts'
import { partnerTitle } from '@muster/core/engage/segment.ts'
import { invalid } from '@muster/core/lib/error.ts'
import { type Instant, toIso } from '@muster/core/lib/instant.ts'
import type { Handlers, RouteResponse } from '@muster/core/lib/route.ts'
import { parseNetwork } from '../../engage/address-list.ts'
import type { Engage } from '../../engage/engage.ts'
import { createKey, invalidateKey, type KeyRow, listKeys } from '../../engage/key-store.ts'
import { enablePartner, getPartner, listPartners } from '../../engage/partner-store.ts'

type PartnerRoutes = Pick<
  EngageRoutes,
  | 'listPartners'
  | 'getPartner'
  | 'enablePartner'
  | 'createPartnerKeys'
  | 'createPartnerKey'
  | 'createDataImportKey'
  | 'invalidateKey'
  | 'listRestKeys'
  | 'createRestKey'
>

/** Technology partners, and keys of every kind. */
export function partnerHandlers(
  engage: Engage,
  { restEndpoint }: { readonly restEndpoint: () => string },
): Handlers<PartnerRoutes> {
  const { database, clock } = engage
  const detail = async (slug: string): Promise<RouteResponse<EngageRoutes['getPartner']>> => {
    const { enabled } = await getPartner(database, slug)
    const keys = await listKeys(database, slug)
    return {
      slug,
      title: partnerTitle(slug),
      enabled,
      rest_endpoint: restEndpoint(),
      partner_keys: keys.filter(({ kind }) => kind === 'partner').map(keyInfo),
      data_import_keys: keys.filter(({ kind }) => kind === 'data_import').map(keyInfo),
    }
  }
  const create = async (kind: KeyRow['kind'], partner: string | null, name: string) => {
    if (partner !== null) await getPartner(database, partner)
    const { key, row } = await createKey(database, { kind, partner, name, now: clock() })
    return { key, info: keyInfo(row) }
  }
  return {
    listPartners: async () =>
      (await listPartners(database)).map((row) => ({ ...row, title: partnerTitle(row.slug) })),
    getPartner: ({ params }) => detail(params.slug),
    enablePartner: async ({ params }) => {
      await enablePartner(database, params.slug, clock())
      return detail(params.slug)
    },
    createPartnerKeys: async ({ params: { slug }, body: { name } }) => {
      await enablePartner(database, slug, clock())
      const partnerKey = await create('partner', slug, name)
      const dataImportKey = await create('data_import', slug, name)
      return {
        partner: slug,
        rest_endpoint: restEndpoint(),
        partner_api_key: partnerKey.key,
        data_import_key: dataImportKey.key,
      }
    },
    createPartnerKey: ({ params, body }) => create('partner', params.slug, body.name),
    createDataImportKey: ({ params, body }) => create('data_import', params.slug, body.name),
    invalidateKey: async ({ params }) => keyInfo(await invalidateKey(database, params.id, clock())),
    listRestKeys: async () => (await listKeys(database, null)).map(keyInfo),
    createRestKey: async ({ body: { name, permissions, addresses } }) => {
      const networks = addresses?.map(networkText) ?? null
      const limits = { permissions: permissions ?? null, addresses: networks }
      const made = { kind: 'rest', partner: null, name, now: clock(), ...limits } as const
      const { key, row } = await createKey(database, made)
      return { rest_endpoint: restEndpoint(), api_key: key, info: keyInfo(row) }
    },
  }
}

function networkText(text: string): string {
  const network = parseNetwork(text)
  if (network) return `${network.address}/${network.bits}`
  throw invalid('bad_address', `"${text}" is neither an address nor a network`, {
    hint: 'Write 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32.',
  })
}

function keyInfo(row: KeyRow): KeyInfo {
  return {
    id: row.key_id,
    name: row.name,
    masked: row.masked,
    created_at: toIso(row.created_at),
    last_used_at: isoOrNull(row.last_used_at),
    invalidated_at: isoOrNull(row.invalidated_at),
    ...(row.permissions === null ? {} : { permissions: [...row.permissions] }),
    ...(row.addresses === null ? {} : { addresses: [...row.addresses] }),
  }
}

function isoOrNull(instant: Instant | null): string | null {
  return instant === null ? null : toIso(instant)
}
