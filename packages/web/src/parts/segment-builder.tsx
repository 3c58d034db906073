import {
  Button,
  CloseButton,
  Group,
  NativeSelect,
  Paper,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import type { CohortSummary } from '@muster/core/api/engage.ts'
import { profileFields } from '@muster/core/engage/profile.ts'
import { partnerTitle } from '@muster/core/engage/segment.ts'
import { useLocale } from '../locales/locale.tsx'
import {
  changeNode,
  type DraftFilter,
  type DraftGroup,
  type DraftNode,
  newFilter,
  newGroup,
  nextId,
  valueTypes,
} from './segment-draft.ts'

interface BuilderProps {
  readonly draft: DraftGroup
  readonly cohorts: readonly CohortSummary[]
  readonly onChange: (draft: DraftGroup) => void
}

/** Writes a filter: groups of all or any, of cohorts, profile fields and custom attributes. */
export function SegmentBuilder({ draft, cohorts, onChange }: BuilderProps) {
  const edit: Edit = {
    cohorts,
    change: (id, change) => {
      if (id !== draft.id) return onChange(changeNode(draft, id, change))
      const root = change(draft)
      if (root?.kind === 'group') onChange(root)
    },
    freshId: nextId(draft),
  }
  return <GroupEditor group={draft} edit={edit} isRoot />
}

interface Edit {
  readonly cohorts: readonly CohortSummary[]
  readonly change: (id: number, change: (node: DraftNode) => DraftNode | null) => void
  readonly freshId: number
}

interface GroupEditorProps {
  readonly group: DraftGroup
  readonly edit: Edit
  readonly isRoot?: boolean
}

function GroupEditor({ group, edit, isRoot = false }: GroupEditorProps) {
  const { text } = useLocale()
  const replace = (next: Partial<DraftGroup>): void => edit.change(group.id, () => ({ ...group, ...next }))
  const add = (node: DraftNode): void => replace({ of: [...group.of, node] })
  return (
    <Paper withBorder p="sm" role="group" aria-label={`${text.builder.match} ${text.builder[group.match]}`}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" align="flex-end">
          <NativeSelect
            label={text.builder.match}
            value={group.match}
            onChange={(event) => replace({ match: event.currentTarget.value === 'any' ? 'any' : 'all' })}
            data={[
              { value: 'all', label: text.builder.all },
              { value: 'any', label: text.builder.any },
            ]}
          />
          {isRoot ? null : (
            <CloseButton
              aria-label={text.builder.removeGroup}
              onClick={() => edit.change(group.id, () => null)}
            />
          )}
        </Group>
        {group.of.map((node) =>
          node.kind === 'group' ? (
            <GroupEditor key={node.id} group={node} edit={edit} />
          ) : (
            <FilterEditor key={node.id} filter={node} edit={edit} />
          ),
        )}
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => add(newFilter(edit.freshId))}>
            {text.builder.addFilter}
          </Button>
          <Button size="xs" variant="default" onClick={() => add(newGroup(edit.freshId))}>
            {text.builder.addGroup}
          </Button>
        </Group>
      </Stack>
    </Paper>
  )
}

interface FilterEditorProps {
  readonly filter: DraftFilter
  readonly edit: Edit
}

function FilterEditor({ filter, edit }: FilterEditorProps) {
  const { text } = useLocale()
  const replace = (next: Partial<DraftFilter>): void => edit.change(filter.id, () => ({ ...filter, ...next }))
  const operators = filter.filter === 'cohort' ? cohortOperators : equality
  const kinds = ['cohort', 'field', 'custom_attribute'] as const
  return (
    <Group align="flex-end" gap="xs" role="group" aria-label={text.builder.kinds[filter.filter]}>
      <NativeSelect
        label={text.builder.kind}
        value={filter.filter}
        onChange={(event) => {
          const chosen = kinds.find((kind) => kind === event.currentTarget.value)
          if (chosen) replace({ filter: chosen })
        }}
        data={kinds.map((kind) => ({ value: kind, label: text.builder.kinds[kind] }))}
      />
      <Subject filter={filter} replace={replace} cohorts={edit.cohorts} />
      <NativeSelect
        label={text.builder.operator}
        value={operators[filter.negated ? 1 : 0]}
        onChange={(event) => replace({ negated: event.currentTarget.value === operators[1] })}
        data={operators.map((operator) => ({ value: operator, label: text.builder[operator] }))}
      />
      {filter.filter === 'cohort' ? (
        <CohortChoice filter={filter} replace={replace} cohorts={edit.cohorts} />
      ) : (
        <ValueInput filter={filter} replace={replace} />
      )}
      <CloseButton
        mb={4}
        aria-label={text.builder.remove}
        onClick={() => edit.change(filter.id, () => null)}
      />
    </Group>
  )
}

const cohortOperators = ['includes', 'does_not_include'] as const
const equality = ['equals', 'does_not_equal'] as const

interface PartProps {
  readonly filter: DraftFilter
  readonly replace: (next: Partial<DraftFilter>) => void
}

/** What the filter looks at; a cohort filter names its cohort after the operator, as Braze does. */
function Subject({ filter, replace, cohorts }: PartProps & Pick<Edit, 'cohorts'>) {
  const { text } = useLocale()
  if (filter.filter === 'field') {
    return (
      <NativeSelect
        label={text.builder.field}
        value={filter.field}
        onChange={(event) => {
          const chosen = profileFields.find((field) => field === event.currentTarget.value)
          if (chosen) replace({ field: chosen })
        }}
        data={[...profileFields]}
      />
    )
  }
  if (filter.filter === 'custom_attribute') {
    return (
      <TextInput
        label={text.builder.attribute}
        value={filter.attribute}
        onChange={(event) => replace({ attribute: event.currentTarget.value })}
        w={160}
      />
    )
  }
  const chosen = cohorts.find((cohort) => cohortValue(cohort) === filter.cohort)
  const partner = chosen?.partner ?? (cohorts.length === 1 ? cohorts[0]?.partner : undefined)
  if (partner === undefined) return null
  return (
    <Text size="sm" pb={8}>
      {partnerTitle(partner)} Cohorts
    </Text>
  )
}

function cohortValue(cohort: CohortSummary): string {
  return `${cohort.partner}/${cohort.cohort_id}`
}

function CohortChoice({ filter, replace, cohorts }: PartProps & Pick<Edit, 'cohorts'>) {
  const { text } = useLocale()
  return (
    <Select
      label={text.builder.cohort}
      placeholder={text.builder.chooseCohort}
      searchable
      value={filter.cohort === '' ? null : filter.cohort}
      onChange={(value) => replace({ cohort: value ?? '' })}
      data={cohorts.map((cohort) => ({
        value: cohortValue(cohort),
        label: `${cohort.name} · ${partnerTitle(cohort.partner)}`,
      }))}
      style={{ flex: '1 1 220px' }}
    />
  )
}

function ValueInput({ filter, replace }: PartProps) {
  const { text } = useLocale()
  const isAttribute = filter.filter === 'custom_attribute'
  return (
    <>
      {isAttribute ? (
        <NativeSelect
          label={text.builder.valueType}
          value={filter.valueType}
          onChange={(event) => {
            const valueType = valueTypes.find((type) => type === event.currentTarget.value)
            if (valueType) replace({ valueType, value: valueType === 'boolean' ? 'true' : filter.value })
          }}
          data={valueTypes.map((type) => ({ value: type, label: text.builder.valueTypes[type] }))}
        />
      ) : null}
      {isAttribute && filter.valueType === 'boolean' ? (
        <NativeSelect
          label={text.builder.value}
          value={filter.value}
          onChange={(event) => replace({ value: event.currentTarget.value })}
          data={[
            { value: 'true', label: text.builder.true },
            { value: 'false', label: text.builder.false },
          ]}
        />
      ) : (
        <TextInput
          label={text.builder.value}
          value={filter.value}
          onChange={(event) => replace({ value: event.currentTarget.value })}
          w={160}
        />
      )}
    </>
  )
}
