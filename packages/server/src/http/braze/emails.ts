import { brazeSuccess } from '@muster/core/braze/errors.ts'
import { userLimits } from '@muster/core/braze/limits.ts'
import { isEmail } from '@muster/core/engage/attributes.ts'
import { parseIso } from '@muster/core/lib/instant.ts'
import { isObject } from '@muster/core/lib/json.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  blockEmails,
  type EmailQuery,
  type EmailRow,
  type EmailState,
  listBlocked,
  listUnsubscribed,
  setEmailState,
  unblockEmails,
} from '../../engage/email-store.ts'
import type { Engage } from '../../engage/engage.ts'
import { sendRefusal } from './answer.ts'
import { countOf, type Query, queryOf } from './query.ts'
import { requireRestKey } from './rest-key.ts'

/** `/email/*`: who is subscribed, and who must not be written to. */
export function registerEmails(app: FastifyInstance, engage: Engage): void {
  const onRequest = requireRestKey(engage)
  const { database, clock } = engage

  app.post('/email/status', { onRequest }, async (request, reply) => {
    const emails = emailsOf(request.body)
    if (!emails) return sendRefusal(reply, 'email')
    const state = stateOf(request.body)
    if (!state) return sendRefusal(reply, 'email_state')
    await setEmailState(database, { emails, state, now: clock() })
    return reply.code(201).send(brazeSuccess)
  })

  const onEmails = (path: string, act: (emails: readonly string[]) => Promise<void>): void => {
    app.post(path, { onRequest }, async (request, reply) => {
      const emails = emailsOf(request.body)
      if (!emails) return sendRefusal(reply, 'email')
      await act(emails)
      return reply.code(201).send(brazeSuccess)
    })
  }
  onEmails('/email/blocklist', (emails) => blockEmails(database, emails, clock()))
  onEmails('/email/blacklist', (emails) => blockEmails(database, emails, clock()))
  onEmails('/email/bounce/remove', (emails) => unblockEmails(database, 'hard_bounce', emails))
  onEmails('/email/spam/remove', (emails) => unblockEmails(database, 'spam', emails))

  const list = async (
    { request, reply, at }: { request: FastifyRequest; reply: FastifyReply; at: string },
    read: (query: EmailQuery) => Promise<EmailRow[]>,
  ) => {
    const query = readEmailQuery(queryOf(request))
    if (!query) return sendRefusal(reply, 'email_query')
    const rows = await read(query)
    return { emails: rows.map((row) => ({ email: row.email, [at]: railsTime(row.at) })), ...brazeSuccess }
  }
  app.get('/email/unsubscribes', { onRequest }, (request, reply) =>
    list({ request, reply, at: 'unsubscribed_at' }, (query) => listUnsubscribed(database, query)),
  )
  app.get('/email/hard_bounces', { onRequest }, (request, reply) =>
    list({ request, reply, at: 'hard_bounced_at' }, (query) => listBlocked(database, 'hard_bounce', query)),
  )
}

/** `email`, an address or an array of at most 50. */
function emailsOf(body: unknown): readonly string[] | null {
  const raw = isObject(body) ? body.email : null
  const list: readonly unknown[] = Array.isArray(raw) ? raw : [raw]
  const emails = list.filter((email): email is string => typeof email === 'string' && isEmail(email))
  const isRight =
    emails.length === list.length && list.length > 0 && list.length <= userLimits.aliasesPerRequest
  return isRight && emails.every((email) => email.isWellFormed() && !email.includes('\u0000')) ? emails : null
}

function stateOf(body: unknown): EmailState | null {
  const state = isObject(body) ? body.subscription_state : null
  return state === 'subscribed' || state === 'unsubscribed' || state === 'opted_in' ? state : null
}

const dayMs = 86_400_000

/** `email`, or `start_date` and `end_date`, whole days; `limit` (100, at most 500), `offset`, `sort_direction`. */
function readEmailQuery(query: Query): EmailQuery | null {
  const email = typeof query.email === 'string' && query.email !== '' ? query.email : null
  const day = (raw: unknown): number | null =>
    typeof raw === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(raw) ? parseIso(raw) : null
  const from = day(query.start_date)
  const until = day(query.end_date)
  const limit = countOf(query.limit, 100)
  const offset = countOf(query.offset, 0)
  if (email === null && (from === null || until === null)) return null
  if (limit === null || limit > 500 || offset === null) return null
  return {
    email,
    from: from ?? 0,
    until: (until ?? Date.UTC(9999, 0)) + dayMs - 1,
    limit,
    offset,
    oldestFirst: query.sort_direction === 'asc',
  }
}

/** `2020-06-17 19:27:44 +0000`, as Braze writes times in its email lists. */
function railsTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} +0000`
}
