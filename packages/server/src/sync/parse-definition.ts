import { invalid } from '@muster/core/lib/error.ts'
import { parseWritten } from '@muster/core/lib/problems.ts'
import type { z } from 'zod'

/** Takes what a project file says; returns it parsed, or throws `invalid` with one detail a fault, by its path. */
export function parseDefinition<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
  const parsed = parseWritten(schema, body)
  if (parsed.ok) return parsed.data
  const details = parsed.problems.map(({ path, message }) => ({ where: path.map(String).join('.'), message }))
  const first = details[0]
  const said = first ? `${first.where ? `${first.where}: ` : ''}${first.message}` : 'it has another form'
  throw invalid('bad_definition', `${what} is wrong: ${said}`, {
    hint: 'Correct it as the details say.',
    details,
  })
}
