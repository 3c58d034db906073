import { columnOf, type IdentifierColumn } from '../identifier.ts'
import { identifierMaxBytes } from '../member.ts'
import { quoteName } from '../quote-name.ts'
import { type CompiledDialect, speechOf } from './speech.ts'

/** A model as a SELECT whose key and identifier columns are text, as a source's `selectText` gives it. */
export interface TextModel {
  readonly rows: string
  readonly key: string
  readonly identifiers: readonly IdentifierColumn[]
}

/** What became of a row in place of a bucket: it has no identifier, or an invalid one. */
export const noIdentifier = -1
export const invalidIdentifier = -2

/**
 * The twin of `identifyRow` (member.ts) as a SELECT with the columns fate (0, or one of the above), namespace, value (both
 * '' without an identifier) and row_key ('' for null). A value is blank when nothing is left of it without U+0020.
 */
export function identifySql(dialect: CompiledDialect, model: TextModel): string {
  const speech = speechOf(dialect)
  const column = (name: string): string => `model_row.${quoteName(dialect, name)}`
  const columns = model.identifiers.map(columnOf)
  const pick = (give: (one: { namespace: string; name: string }) => string): string =>
    columns.map((one) => `when ${speech.present(column(one.name))} then ${give(one)}`).join(' ')
  return `select fate,
  case when fate = 0 then namespace else ${speech.text('')} end as namespace,
  case when fate = 0 then value else ${speech.text('')} end as value,
  row_key
from (
  select
    case
      when value is null then ${noIdentifier}
      when ${speech.bytes('value')} > ${identifierMaxBytes} or ${speech.hasControl('value')} then ${invalidIdentifier}
      else 0
    end as fate,
    namespace, value, row_key
  from (
    select
      case ${pick(({ namespace }) => speech.text(namespace))} else ${speech.text('')} end as namespace,
      case ${pick(({ name }) => column(name))} end as value,
      coalesce(${column(model.key)}, ${speech.text('')}) as row_key
    from (
${model.rows}
    ) model_row${speech.fence}
  ) picked${speech.fence}
) judged`
}
