import { Readable } from 'node:stream'
import { brazeSuccess } from '@muster/core/braze/errors.ts'
import { parseExport, readFields } from '@muster/core/braze/exports.ts'
import { isObject } from '@muster/core/lib/json.ts'
import type { FastifyInstance } from 'fastify'
import type { Engage } from '../../engage/engage.ts'
import { findExport, readExport, startExport } from '../../engage/export-segment.ts'
import { exportUsers, findExported } from '../../engage/export-users.ts'
import { findSegment } from '../../engage/segment-series.ts'
import { sendRefusal } from './answer.ts'
import { requireRestKey } from './rest-key.ts'

/**
 * `POST /users/export/ids`, `POST /users/export/segment`, and the file of the latter: one user a line as JSON. Who is in
 * it is settled when the export is asked for; what they say is read when the file is fetched, for four hours.
 */
export function registerExports(app: FastifyInstance, engage: Engage): void {
  const onRequest = requireRestKey(engage)
  const { database, clock } = engage

  app.post('/users/export/ids', { onRequest }, async (request, reply) => {
    const parsed = parseExport(request.body)
    if (!parsed.ok) return sendRefusal(reply, parsed.refusal)
    const { profileIds, unknownIds } = await findExported(database, parsed.value.users)
    const users = await exportUsers(database, profileIds, parsed.value.fields)
    const invalid = unknownIds.length > 0 ? { invalid_user_ids: unknownIds } : {}
    return reply.code(201).send({ users, ...invalid, ...brazeSuccess })
  })

  app.post('/users/export/segment', { onRequest }, async (request, reply) => {
    if (!isObject(request.body)) return sendRefusal(reply, 'bad_json')
    const segment = await findSegment(database, request.body.segment_id)
    if (!segment) return sendRefusal(reply, 'segment_id')
    const fields = readFields(request.body.fields_to_export)
    const { objectPrefix, key } = await startExport(database, segment.name, { fields, now: clock() })
    const url = `${request.protocol}://${request.host}/users/export/files/${objectPrefix}.ndjson?key=${key}`
    return reply.code(201).send({ object_prefix: objectPrefix, url, ...brazeSuccess })
  })

  app.get<{ Params: { file: string }; Querystring: { key?: unknown } }>(
    '/users/export/files/:file',
    async (request, reply) => {
      const objectPrefix = request.params.file.replace(/\.ndjson$/, '')
      const key = typeof request.query.key === 'string' ? request.query.key : ''
      const found = /^[0-9a-f-]+$/.test(objectPrefix)
        ? await findExport(database, { objectPrefix, key, now: clock() })
        : null
      if (!found) return sendRefusal(reply, 'invalid_url')
      const lines = async function* (): AsyncGenerator<string> {
        for await (const users of readExport(database, found)) {
          yield users.map((user) => `${JSON.stringify(user)}\n`).join('')
        }
      }
      return reply.type('application/x-ndjson').send(Readable.from(lines()))
    },
  )
}
