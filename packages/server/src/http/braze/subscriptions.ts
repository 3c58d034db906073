import { brazeSuccess } from '@muster/core/braze/errors.ts'
import { parseSubscriptions, readSubscribers } from '@muster/core/braze/subscriptions.ts'
import type { UserKey } from '@muster/core/engage/track.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Engage } from '../../engage/engage.ts'
import { findProfileIds } from '../../engage/find-profiles.ts'
import {
  findGroup,
  listSubscriptions,
  type Subscription,
  subscribe,
} from '../../engage/subscription-store.ts'
import { sendRefusal } from './answer.ts'
import { queryOf } from './query.ts'
import { requireRestKey } from './rest-key.ts'

/** `/subscription/*`. */
export function registerSubscriptions(app: FastifyInstance, engage: Engage): void {
  const onRequest = requireRestKey(engage)
  const { database, clock } = engage

  const set = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const parsed = parseSubscriptions(request.body)
    if (!parsed.ok) return sendRefusal(reply, parsed.refusal)
    for (const { groupId } of parsed.value) {
      if ((await findGroup(database, groupId)) === null) return sendRefusal(reply, 'subscription_group')
    }
    await database.transaction(async (tx) => {
      const wanted: Subscription[] = []
      for (const { groupId, state, users } of parsed.value) {
        const found = await findProfileIds(tx, users)
        wanted.push(...[...found.values()].map((profileId) => ({ profileId, groupId, state })))
      }
      await subscribe(tx, wanted, clock())
    })
    return reply.code(201).send(brazeSuccess)
  }
  app.post('/subscription/status/set', { onRequest }, set)
  app.post('/v2/subscription/status/set', { onRequest }, set)

  app.get('/subscription/status/get', { onRequest }, async (request, reply) => {
    const query = queryOf(request)
    const group = await findGroup(database, String(query.subscription_group_id ?? ''))
    if (!group) return sendRefusal(reply, 'subscription_group')
    const users = readSubscribers(query)
    if (!users) return sendRefusal(reply, 'subscribers')
    const found = await findProfileIds(database, users)
    const known = await listSubscriptions(database, [...found.values()])
    const states = users.map((user, place): [string, string] => {
      const one = known.find((row) => row.profile_id === found.get(place) && row.group_id === group.group_id)
      return [nameOf(user), one ? stateText(one.subscribed) : 'unknown']
    })
    return { status: Object.fromEntries(states), ...brazeSuccess }
  })

  app.get('/subscription/user/status', { onRequest }, async (request, reply) => {
    const users = readSubscribers(queryOf(request))
    if (!users) return sendRefusal(reply, 'subscribers')
    const found = [...new Set((await findProfileIds(database, users)).values())]
    const known = await listSubscriptions(database, found)
    const refs = new Map(known.map((row) => [row.profile_id, row]))
    return {
      users: [...refs.values()].map(({ profile_id: id, email, phone, external_id }) => ({
        email,
        phone,
        external_id,
        subscription_groups: known.flatMap((row) =>
          row.profile_id !== id || row.group_id === null
            ? []
            : [{ id: row.group_id, name: row.name, channel: row.channel, status: stateText(row.subscribed) }],
        ),
      })),
      ...brazeSuccess,
    }
  })
}

function nameOf(user: UserKey): string {
  return user.kind === 'alias' ? user.name : user.value
}

function stateText(subscribed: boolean | null): string {
  if (subscribed === null) return 'unknown'
  return subscribed ? 'Subscribed' : 'Unsubscribed'
}
