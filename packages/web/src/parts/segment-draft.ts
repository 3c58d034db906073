import type { ProfileField } from '@muster/core/engage/profile.ts'
import { Filter } from '@muster/core/engage/segment.ts'

export const valueTypes = ['text', 'number', 'boolean'] as const
export type ValueType = (typeof valueTypes)[number]

interface Leaf {
  readonly id: number
  readonly kind: 'filter'
  readonly filter: 'cohort' | 'field' | 'custom_attribute'
  /** `partner/cohort_id`: a partner's slug holds no slash, a cohort_id may. */
  readonly cohort: string
  readonly field: ProfileField
  readonly attribute: string
  readonly negated: boolean
  readonly valueType: ValueType
  readonly value: string
}
export type DraftFilter = Leaf

export interface DraftGroup {
  readonly id: number
  readonly kind: 'group'
  readonly match: 'all' | 'any'
  readonly of: readonly DraftNode[]
}

/** A filter while it is being written: every field of every kind is kept, so that changing the kind loses nothing. */
export type DraftNode = DraftFilter | DraftGroup

export function newFilter(id: number): DraftFilter {
  return {
    id,
    kind: 'filter',
    filter: 'cohort',
    cohort: '',
    field: 'country',
    attribute: '',
    negated: false,
    valueType: 'text',
    value: '',
  }
}

export function newGroup(id: number): DraftGroup {
  return { id, kind: 'group', match: 'all', of: [newFilter(id + 1)] }
}

/** One more than every id of the draft. */
export function nextId(node: DraftNode): number {
  const below = node.kind === 'group' ? node.of.map(nextId) : []
  return Math.max(node.id + 1, ...below)
}

/** The draft with the node of this id replaced, or dropped where `change` gives null. */
export function changeNode(
  group: DraftGroup,
  id: number,
  change: (node: DraftNode) => DraftNode | null,
): DraftGroup {
  const of = group.of.flatMap((node) => {
    if (node.id === id) return change(node) ?? []
    return node.kind === 'group' ? [changeNode(node, id, change)] : [node]
  })
  return { ...group, of }
}

/** Takes a segment's filter; returns it as a draft, whose root is always a group. */
export function draftOf(filter: Filter): DraftGroup {
  let id = 0
  const draft = (part: Filter): DraftNode => {
    const own = id++
    if (part.kind === 'all' || part.kind === 'any') {
      return { id: own, kind: 'group', match: part.kind, of: part.of.map(draft) }
    }
    return leafOf(part, own)
  }
  const root = draft(filter)
  return root.kind === 'group' ? root : { id: id++, kind: 'group', match: 'all', of: [root] }
}

function leafOf(filter: Exclude<Filter, { kind: 'all' | 'any' }>, id: number): DraftFilter {
  const blank = newFilter(id)
  if (filter.kind === 'cohort') {
    const negated = filter.operator === 'does_not_include'
    return { ...blank, filter: 'cohort', cohort: `${filter.partner}/${filter.cohort_id}`, negated }
  }
  const negated = filter.operator === 'does_not_equal'
  if (filter.kind === 'field') {
    return { ...blank, filter: 'field', field: filter.field, value: filter.value, negated }
  }
  const valueType = typeof filter.value === 'string' ? 'text' : typeof filter.value
  const value = String(filter.value)
  return {
    ...blank,
    filter: 'custom_attribute',
    attribute: filter.name,
    negated,
    value,
    valueType: isValueType(valueType) ? valueType : 'text',
  }
}

function isValueType(text: string): text is ValueType {
  return valueTypes.some((known) => known === text)
}

/** Takes a draft; returns the filter that it says, or null while something in it is missing. */
export function filterOf(draft: DraftNode): Filter | null {
  const parsed = Filter.safeParse(rawOf(draft))
  return parsed.success ? parsed.data : null
}

function rawOf(node: DraftNode): unknown {
  if (node.kind === 'group') return { kind: node.match, of: node.of.map(rawOf) }
  const operator = node.negated ? 'does_not_equal' : 'equals'
  switch (node.filter) {
    case 'cohort': {
      const slash = node.cohort.indexOf('/')
      return {
        kind: 'cohort',
        partner: node.cohort.slice(0, Math.max(0, slash)),
        cohort_id: node.cohort.slice(slash + 1),
        operator: node.negated ? 'does_not_include' : 'includes',
      }
    }
    case 'field':
      return { kind: 'field', field: node.field, operator, value: node.value }
    case 'custom_attribute':
      return { kind: 'custom_attribute', name: node.attribute, operator, value: attributeValue(node) }
    default:
      return null
  }
}

function attributeValue({ valueType, value }: DraftFilter): string | number | boolean | null {
  if (valueType === 'text') return value
  if (valueType === 'boolean') return value === 'true'
  return value.trim() === '' || Number.isNaN(Number(value)) ? null : Number(value)
}
