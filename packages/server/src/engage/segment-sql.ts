import type { ProfileField } from '@muster/core/engage/profile.ts'
import type { CohortIds, Filter } from '@muster/core/engage/segment.ts'
import { assertNever } from '@muster/core/lib/assert-never.ts'
import { join, type Sql, sql } from '../db/sql.ts'

/**
 * The fast interpreter of a segment: a condition on `engage.profile p`, equal to core's `matches` for every profile (a
 * property test holds them so). It is true or false, never null, so that a filter may stand below any other.
 */
export function segmentCondition(filter: Filter, cohortIds: CohortIds): Sql {
  switch (filter.kind) {
    case 'all':
    case 'any': {
      const parts = filter.of.map((part) => segmentCondition(part, cohortIds))
      return sql`(${join(parts, filter.kind === 'all' ? ' and ' : ' or ')})`
    }
    case 'cohort':
      return cohortCondition(cohortIds(filter.partner, filter.cohort_id), filter.operator === 'includes')
    case 'field':
      return comparison(fieldColumns[filter.field], filter.operator, textValue(filter.value))
    case 'custom_attribute':
      return comparison(
        sql`(p.custom_attributes -> ${filter.name.replaceAll('\u0000', '').toWellFormed()})`,
        filter.operator,
        isStorable(filter.name) ? jsonValue(filter.value) : null,
      )
    default:
      return assertNever(filter)
  }
}

const fieldColumns: Record<ProfileField, Sql> = {
  first_name: sql`p.first_name`,
  last_name: sql`p.last_name`,
  email: sql`p.email`,
  phone: sql`p.phone`,
  gender: sql`p.gender`,
  dob: sql`p.dob`,
  country: sql`p.country`,
  home_city: sql`p.home_city`,
  language: sql`p.language`,
  time_zone: sql`p.time_zone`,
}

/** An unknown cohort has nobody in it. */
function cohortCondition(cohort: number | null, isIn: boolean): Sql {
  if (cohort === null) return isIn ? sql`false` : sql`true`
  const member = sql`exists (
    select from engage.cohort_member m
    where m.workspace_id = p.workspace_id and m.cohort = ${cohort} and m.profile_id = p.profile_id)`
  return isIn ? member : sql`(not ${member})`
}

/** A value that is not set equals nothing. `is not null and =` rather than `is not distinct from`: it can use an index. */
function comparison(column: Sql, operator: 'equals' | 'does_not_equal', value: Sql | null): Sql {
  if (value === null) return operator === 'equals' ? sql`false` : sql`true`
  return operator === 'equals'
    ? sql`(${column} is not null and ${column} = ${value})`
    : sql`(${column} is null or ${column} <> ${value})`
}

/** PostgreSQL holds neither NUL nor half a character, so no profile has such a text. */
function isStorable(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed()
}

function textValue(value: string): Sql | null {
  return isStorable(value) ? sql`${value}::text` : null
}

function jsonValue(value: string | number | boolean): Sql | null {
  if (typeof value === 'string' && !isStorable(value)) return null
  return sql`${JSON.stringify(value)}::jsonb`
}
