import { Readable } from 'node:stream'
import { brazeSuccess } from '@muster/core/braze/errors.ts'
import { parseExport, readFields } from '@muster/core/braze/exports.ts'
import { isObject } from '@muster/core/lib/json.ts'
import type { FastifyInstance } from 'fastify'
import { ZipFile } from 'yazl'
import type { Engage } from '../../engage/engage.ts'
import {
  findExport,
  type OpenExport,
  readExport,
  startExport,
  usersPerFile,
} from '../../engage/export-segment.ts'
import { exportUsers, findExported } from '../../engage/export-users.ts'
import { findSegment } from '../../engage/segment-series.ts'
import { sendRefusal } from './answer.ts'
import { requireRestKey } from './rest-key.ts'

/**
 * `POST /users/export/ids`, `POST /users/export/segment`, and what the latter leads to: a zip of files with 5,000 users each,
 * one user a line as JSON. Who is in it is settled when the export is asked for; what they say is read when the zip is
 * fetched, for four hours.
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
    const url = `${request.protocol}://${request.host}/users/export/files/${objectPrefix}.zip?key=${key}`
    return reply.code(201).send({ object_prefix: objectPrefix, url, ...brazeSuccess })
  })

  app.get<{ Params: { file: string }; Querystring: { key?: unknown } }>(
    '/users/export/files/:file',
    async (request, reply) => {
      const objectPrefix = request.params.file.replace(/\.zip$/, '')
      const key = typeof request.query.key === 'string' ? request.query.key : ''
      const found = /^[0-9a-f-]+$/.test(objectPrefix)
        ? await findExport(database, { objectPrefix, key, now: clock() })
        : null
      if (!found) return sendRefusal(reply, 'invalid_url')
      return reply.type('application/zip').send(zipOf(database, found))
    },
  )
}

/** The zip as it is read: a file is asked for when the one before it is through. */
function zipOf(database: Engage['database'], found: OpenExport): Readable {
  const zip = new ZipFile()
  const files = Math.max(1, Math.ceil(found.users / usersPerFile))
  for (let file = 0; file < files; file++) {
    const name = `${found.objectPrefix}-${String(file + 1).padStart(6, '0')}.txt`
    zip.addReadStreamLazy(name, (give) => give(null, Readable.from(linesOf(database, found, file))))
  }
  zip.end()
  return Readable.from(zip.outputStream)
}

async function* linesOf(
  database: Engage['database'],
  found: OpenExport,
  file: number,
): AsyncGenerator<string> {
  for await (const users of readExport(database, found, file)) {
    yield users.map((user) => `${JSON.stringify(user)}\n`).join('')
  }
}
