import { brazeRefusals, brazeSuccess } from '@muster/core/braze/errors.ts'
import {
  type IdentityProblem,
  parseAliasUpdates,
  parseDeletion,
  parseIdentify,
  parseMerge,
  parseRemovals,
  parseRenames,
} from '@muster/core/braze/identity.ts'
import type { FastifyInstance } from 'fastify'
import { deleteUsers } from '../../engage/delete-users.ts'
import type { Engage } from '../../engage/engage.ts'
import { joinUsers } from '../../engage/join-users.ts'
import {
  type RenameProblem,
  removeDeprecated,
  renameAliases,
  renameUsers,
} from '../../engage/rename-users.ts'
import { sendRefusal } from './answer.ts'
import { requireRestKey } from './rest-key.ts'

/** Braze's endpoints that change who a user is. */
export function registerIdentity(app: FastifyInstance, engage: Engage): void {
  const onRequest = requireRestKey(engage)
  const { database, clock } = engage

  app.post('/users/alias/update', { onRequest }, async (request, reply) => {
    const parsed = parseAliasUpdates(request.body)
    if (!parsed.ok) return sendRefusal(reply, parsed.refusal)
    const { updates, problems } = parsed.value
    const errors = errorsOf(problems)
    if (updates.length === 0) {
      return reply.code(400).send({ message: brazeRefusals.alias_updates.message, ...errors })
    }
    await renameAliases(database, updates)
    return reply.code(201).send({ aliases_processed: updates.length, ...errors, ...brazeSuccess })
  })

  app.post('/users/identify', { onRequest }, async (request, reply) => {
    const parsed = parseIdentify(request.body)
    if (!parsed.ok) return sendRefusal(reply, parsed.refusal)
    const { identifications, counts, mergeContents, problems } = parsed.value
    const errors = errorsOf(problems)
    if (identifications.length === 0) {
      return reply.code(400).send({ message: brazeRefusals.to_identify.message, ...errors })
    }
    const joins = identifications.map(({ user, externalId, order }) => ({
      from: user,
      into: { kind: 'external_id', value: externalId } as const,
      order,
      identifies: true,
      withContents: mergeContents,
    }))
    await joinUsers(database, joins, clock())
    return reply.code(201).send({ ...counts, ...errors, ...brazeSuccess })
  })

  app.post('/users/merge', { onRequest }, async (request, reply) => {
    const parsed = parseMerge(request.body)
    if (!parsed.ok) return sendRefusal(reply, parsed.refusal)
    const joins = parsed.value.map(({ merge, keep }) => ({
      from: merge,
      into: keep,
      identifies: false,
      withContents: true,
    }))
    await joinUsers(database, joins, clock())
    return reply.code(202).send(brazeSuccess)
  })

  app.post('/users/delete', { onRequest }, async (request, reply) => {
    const parsed = parseDeletion(request.body)
    if (!parsed.ok) return sendRefusal(reply, parsed.refusal)
    await deleteUsers(database, parsed.value, clock())
    return reply.code(201).send({ deleted: parsed.value.length, ...brazeSuccess })
  })

  registerExternalIds(app, engage)
}

function registerExternalIds(app: FastifyInstance, engage: Engage): void {
  const onRequest = requireRestKey(engage)

  app.post('/users/external_ids/rename', { onRequest }, async (request, reply) => {
    const parsed = parseRenames(request.body)
    if (!parsed.ok) return sendRefusal(reply, parsed.refusal)
    const problems = await renameUsers(engage.database, parsed.value, engage.clock())
    const done = parsed.value.filter((_, place) => problems[place] === null)
    return reply.code(201).send({
      external_ids: done.map(({ current, next }) => ({
        current_external_id: current,
        new_external_id: next,
      })),
      rename_errors: parsed.value.flatMap((rename, place) => renameError(rename, problems[place] ?? null)),
      ...brazeSuccess,
    })
  })

  app.post('/users/external_ids/remove', { onRequest }, async (request, reply) => {
    const parsed = parseRemovals(request.body)
    if (!parsed.ok) return sendRefusal(reply, parsed.refusal)
    const removed = await removeDeprecated(engage.database, parsed.value)
    const rest = parsed.value.filter((id) => !removed.has(id))
    return reply.code(201).send({
      removed_ids: [...removed],
      removal_errors: rest.map((id) => `'${id}' is not a deprecated external_id`),
      ...brazeSuccess,
    })
  })
}

function errorsOf(problems: readonly IdentityProblem[]): { errors?: readonly IdentityProblem[] } {
  return problems.length > 0 ? { errors: problems } : {}
}

function renameError(
  { current, next }: { readonly current: string; readonly next: string },
  problem: RenameProblem,
): string[] {
  if (problem === null) return []
  if (problem === 'unknown') return [`'${current}' is not an external_id`]
  if (problem === 'taken') return [`'${next}' is in use`]
  return [`'${current}' or '${next}' is named twice in the request`]
}
