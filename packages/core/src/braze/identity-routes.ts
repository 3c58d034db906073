import { z } from 'zod'
import { userLimits } from './limits.ts'
import { type BrazeRouteTable, Id, idBelow, Problem, Success, UserAlias } from './route.ts'

const UserId = idBelow(userLimits.externalIdBytes)
const most = userLimits.aliasesPerRequest
const errors = z.array(Problem).optional()

export const AliasUpdateBody = z.looseObject({
  alias_updates: z
    .array(z.looseObject({ alias_label: UserId, old_alias_name: UserId, new_alias_name: UserId }))
    .min(1)
    .max(most),
})

const prioritization = z
  .array(z.enum(['identified', 'unidentified', 'most_recently_updated', 'least_recently_updated']))
  .optional()

export const IdentifyBody = z
  .looseObject({
    aliases_to_identify: z
      .array(z.looseObject({ external_id: UserId, user_alias: UserAlias }))
      .max(most)
      .optional(),
    emails_to_identify: z
      .array(z.looseObject({ external_id: UserId, email: UserId, prioritization }))
      .max(most)
      .optional(),
    phone_numbers_to_identify: z
      .array(z.looseObject({ external_id: UserId, phone: UserId, prioritization }))
      .max(most)
      .optional(),
    merge_behavior: z.enum(['none', 'merge']).optional(),
  })
  .refine((body) =>
    [body.aliases_to_identify, body.emails_to_identify, body.phone_numbers_to_identify].some(
      (list) => list !== undefined && list.length > 0,
    ),
  )
  .describe('At least one of the three arrays.')

const MergeUser = z.union([
  z.strictObject({ external_id: UserId }),
  z.strictObject({ user_alias: UserAlias }),
  z.strictObject({ email: UserId, prioritization }),
  z.strictObject({ phone: UserId, prioritization }),
])

export const MergeBody = z.looseObject({
  merge_updates: z
    .array(z.strictObject({ identifier_to_merge: MergeUser, identifier_to_keep: MergeUser }))
    .min(1)
    .max(most),
})

export const RenameBody = z.looseObject({
  external_id_renames: z
    .array(z.looseObject({ current_external_id: UserId, new_external_id: UserId }))
    .min(1)
    .max(most),
})

export const RemoveBody = z.looseObject({ external_ids: z.array(UserId).min(1).max(most) })

const Contact = (kind: 'email' | 'phone') =>
  z.union([UserId, z.looseObject({ [kind]: UserId, prioritization })])

export const DeleteBody = z
  .looseObject({
    external_ids: z.array(UserId).optional(),
    user_aliases: z.array(UserAlias).optional(),
    braze_ids: z.array(Id).optional(),
    email_addresses: z.array(Contact('email')).optional(),
    phone_numbers: z.array(Contact('phone')).optional(),
  })
  .refine((body) => {
    const lists = [
      body.external_ids,
      body.user_aliases,
      body.braze_ids,
      body.email_addresses,
      body.phone_numbers,
    ]
    const users = lists.reduce((sum, list) => sum + (list?.length ?? 0), 0)
    return users >= 1 && users <= most
  })
  .describe('At least one user, at most 50 over all arrays.')

/** Braze's endpoints that change who a user is. */
export const identityRoutes = {
  updateAliases: {
    method: 'POST',
    path: '/users/alias/update',
    summary: 'Give aliases other names',
    access: 'rest_key',
    body: AliasUpdateBody,
    status: 201,
    response: Success.extend({ aliases_processed: z.int(), errors }),
  },
  identifyUsers: {
    method: 'POST',
    path: '/users/identify',
    summary: 'Make users known by alias, email or phone the users of external ids',
    access: 'rest_key',
    body: IdentifyBody,
    status: 201,
    response: Success.extend({
      aliases_processed: z.int().optional(),
      emails_processed: z.int().optional(),
      phone_numbers_processed: z.int().optional(),
      errors,
    }),
  },
  mergeUsers: {
    method: 'POST',
    path: '/users/merge',
    summary: 'Take one user into another',
    access: 'rest_key',
    body: MergeBody,
    status: 202,
    response: Success,
  },
  deleteUsers: {
    method: 'POST',
    path: '/users/delete',
    summary: 'Delete users; counts the ids that were accepted, known or not',
    access: 'rest_key',
    body: DeleteBody,
    status: 201,
    response: Success.extend({ deleted: z.int() }),
  },
  renameExternalIds: {
    method: 'POST',
    path: '/users/external_ids/rename',
    summary: 'Give users other external ids; the old ones still lead to them',
    access: 'rest_key',
    body: RenameBody,
    status: 201,
    response: Success.extend({
      external_ids: z.array(z.object({ current_external_id: z.string(), new_external_id: z.string() })),
      rename_errors: z.array(z.string()),
    }),
  },
  removeExternalIds: {
    method: 'POST',
    path: '/users/external_ids/remove',
    summary: 'Forget old external ids of renamed users',
    access: 'rest_key',
    body: RemoveBody,
    status: 201,
    response: Success.extend({ removed_ids: z.array(z.string()), removal_errors: z.array(z.string()) }),
  },
} satisfies BrazeRouteTable
