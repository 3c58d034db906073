import { z } from 'zod'
import { CsvColumn, columnTypes } from '../engage/csv-user.ts'
import { IsoInstant } from '../lib/instant.ts'
import { Limit } from '../lib/page.ts'
import { route } from '../lib/route.ts'

/**
 * Import of users from CSV. The sender reads the file: it proves the first line, opens an import, gives the rows in
 * order and in batches, and finishes. A batch that is given twice counts once, so a sender may repeat what it is not
 * sure of, and may go on after an interruption from `rows_read`.
 */

const Cells = z.array(z.string().max(100_000)).max(1_000)

export const UserImport = z.object({
  id: z.string(),
  name: z.string(),
  columns: z.array(CsvColumn),
  existing_only: z.boolean(),
  status: z.enum(['importing', 'done', 'cancelled']),
  /** rows_read = created + updated + rejected */
  rows_read: z.int(),
  created: z.int(),
  updated: z.int(),
  rejected: z.int(),
  started_at: IsoInstant,
  touched_at: IsoInstant,
})
export type UserImport = z.infer<typeof UserImport>

export const RejectedRow = z.object({
  row: z.int(),
  line: z.int(),
  cells: z.array(z.string()),
  reason: z.string(),
})
export type RejectedRow = z.infer<typeof RejectedRow>

const IdParams = z.object({ id: z.uuid() })

export const userImportRoutes = {
  previewUserImport: route({
    method: 'POST',
    path: '/api/users/imports/preview',
    summary: 'What a CSV file of users would be read as, by its first line and some rows; changes nothing',
    body: z.object({ columns: Cells, rows: z.array(Cells).max(100) }),
    response: z.object({
      columns: z.array(CsvColumn),
      /** Why the file cannot be imported. */
      problems: z.array(z.string()),
      /** Which of the rows would be rejected, and why. */
      rejected: z.array(z.object({ row: z.int(), reason: z.string() })),
    }),
  }),
  createUserImport: route({
    method: 'POST',
    path: '/api/users/imports',
    summary: 'Open an import of users from CSV',
    body: z.object({
      name: z.string().min(1).max(255),
      columns: z.array(z.object({ name: z.string(), type: z.enum(columnTypes) })).max(1_000),
      /** Users that do not exist are not made; their rows are rejected. */
      existing_only: z.boolean().default(false),
    }),
    response: UserImport,
  }),
  addUserImportRows: route({
    method: 'POST',
    path: '/api/users/imports/:id/rows',
    summary: 'Import the next rows; rows that were given already are passed over',
    params: IdParams,
    body: z.object({
      /** Number of the first row, from 0, without the first line. */
      from: z.int().min(0),
      rows: z
        .array(z.object({ line: z.int().min(1), cells: Cells }))
        .min(1)
        .max(1_000),
    }),
    response: UserImport,
  }),
  finishUserImport: route({
    method: 'POST',
    path: '/api/users/imports/:id/finish',
    summary: 'All rows were given',
    params: IdParams,
    response: UserImport,
  }),
  cancelUserImport: route({
    method: 'POST',
    path: '/api/users/imports/:id/cancel',
    summary: 'Take no more rows; what was imported stays',
    params: IdParams,
    response: UserImport,
  }),
  listUserImports: route({
    method: 'GET',
    path: '/api/users/imports',
    summary: 'Imports of users from CSV, the newest first',
    query: z.object({ limit: Limit }),
    response: z.array(UserImport),
  }),
  getUserImport: route({
    method: 'GET',
    path: '/api/users/imports/:id',
    summary: 'An import of users from CSV',
    params: IdParams,
    response: UserImport,
  }),
  listRejectedRows: route({
    method: 'GET',
    path: '/api/users/imports/:id/rejected',
    summary: 'Rows that could not be taken, and why, in the order of the file',
    params: IdParams,
    query: z.object({ after: z.coerce.number().int().min(-1).default(-1), limit: Limit }),
    response: z.array(RejectedRow),
  }),
}
export type UserImportRoutes = typeof userImportRoutes
