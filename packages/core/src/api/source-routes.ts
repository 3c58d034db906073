import { z } from 'zod'
import { route } from '../lib/route.ts'
import { Slug } from '../lib/slug.ts'

const Column = z.object({ name: z.string(), type: z.string() })

/** A table or view of a source; a model reads it by `table: schema.name`. */
export const SourceTable = z.object({
  schema: z.string().nullable(),
  name: z.string(),
  kind: z.enum(['table', 'view']),
  columns: z.array(Column),
})
export type SourceTable = z.infer<typeof SourceTable>

/** What people look at before they write a model. */
export const sourceRoutes = {
  listSourceTables: route({
    method: 'GET',
    path: '/api/sources/:name/tables',
    summary: 'Schemas, tables and views that the source can read, with their columns',
    params: z.object({ name: Slug }),
    response: z.object({
      tables: z.array(SourceTable),
      /** False where there are more tables than are listed. */
      complete: z.boolean(),
    }),
  }),
  previewDefinition: route({
    method: 'POST',
    path: '/api/models/preview',
    summary: 'The first 100 rows and the column types of a model that is not saved',
    body: z.record(z.string(), z.unknown()),
    response: z.object({
      columns: z.array(Column),
      rows: z.array(z.record(z.string(), z.string().nullable())),
    }),
  }),
}
export type SourceRoutes = typeof sourceRoutes
