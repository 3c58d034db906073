import { createReadStream } from 'node:fs'
import { type DownloadFormat, downloadFormats, downloads } from '@muster/core/api/download.ts'
import { invalid } from '@muster/core/lib/error.ts'
import { parseIso } from '@muster/core/lib/instant.ts'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { ExportedFile } from '../sync/export-files.ts'
import type { Sync } from '../sync/sync.ts'

const Params = z.object({ name: z.string().default(''), id: z.string().default('') })
const LedgerQuery = z.object({ run: z.coerce.number().int().min(1).nullable().catch(null) })
const MembersQuery = z.object({ at: z.string().catch('') })

const contentTypes: Readonly<Record<DownloadFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
}

/** Serves the files of core/api/download.ts. Each is written beside the sync's files, sent, and deleted. */
export function registerDownloads(
  app: FastifyInstance,
  sync: Pick<Sync, 'exportChanges' | 'exportLedger' | 'exportMembers' | 'exportRejected'>,
): void {
  for (const format of downloadFormats) {
    app.get(downloads.changes(':id', format), async (request, reply) => {
      const { id } = Params.parse(request.params)
      return send(reply, await sync.exportChanges(id, format), { name: `run-${id}-changes`, format })
    })
    app.get(downloads.ledger(':name', format), async (request, reply) => {
      const { name } = Params.parse(request.params)
      const { run } = LedgerQuery.parse(request.query)
      const file = await sync.exportLedger(name, { run, format })
      return send(reply, file, { name: `${name}-ledger${run === null ? '' : `-run-${run}`}`, format })
    })
    app.get(downloads.rejected(':name', format), async (request, reply) => {
      const { name } = Params.parse(request.params)
      return send(reply, await sync.exportRejected(name, format), { name: `${name}-rejected`, format })
    })
    app.get(downloads.members(':name', format), async (request, reply) => {
      const { name } = Params.parse(request.params)
      const at = parseIso(MembersQuery.parse(request.query).at)
      if (at === null) throw invalid('bad_time', '`at` is not a time')
      return send(reply, await sync.exportMembers(name, { at, format }), { name: `${name}-members`, format })
    })
  }
}

function send(
  reply: FastifyReply,
  file: ExportedFile,
  { name, format }: { readonly name: string; readonly format: DownloadFormat },
): FastifyReply {
  const content = createReadStream(file.path)
  // Sent or broken off: the file goes.
  content.once('close', () => void file.discard().catch(() => {}))
  return reply
    .type(contentTypes[format])
    .header('content-disposition', `attachment; filename="${name}.${format}"`)
    .header('cache-control', 'no-store')
    .send(content)
}
