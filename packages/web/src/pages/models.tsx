import { Button, Code, Stack } from '@mantine/core'
import type { ModelDefinition } from '@muster/core/sync/definition.ts'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { DeleteButton } from '../parts/delete-button.tsx'
import { Empty } from '../parts/empty.tsx'
import { Facts } from '../parts/facts.tsx'
import { TextLink } from '../parts/links.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'
import { Panel } from '../parts/panel.tsx'
import { RowPreview } from '../parts/row-preview.tsx'

export function ModelsPage() {
  const { text } = useLocale()
  const { preview } = useSearch({ from: '/models' })
  const navigate = useNavigate({ from: '/models' })
  const models = useQuery({ queryKey: ['models'], queryFn: () => api.listModels() })
  const show = (name: string | undefined): void => void navigate({ search: name ? { preview: name } : {} })
  return (
    <Page title={text.nav.models} intro={text.models.intro}>
      <Loaded of={models}>
        {(list) =>
          list.length === 0 ? (
            <Empty
              title={text.models.empty}
              hint={text.models.emptyHint}
              command="npx muster deploy --project my-project"
            />
          ) : (
            list.map(({ name, definition, updated_at }) => (
              <Panel
                key={name}
                title={name}
                actions={<DeleteButton kind="model" name={name} />}
                {...(definition.description ? { hint: definition.description } : {})}
              >
                <Stack gap="sm">
                  <Facts
                    of={[
                      {
                        label: text.column.source,
                        value: <TextLink to="/sources">{definition.source}</TextLink>,
                      },
                      { label: text.models.key, value: <Code>{definition.key}</Code> },
                      { label: text.column.changed, value: <Moment at={updated_at} /> },
                    ]}
                  />
                  <Code block tabIndex={0} aria-label={text.models.sql}>
                    {writtenAs(definition)}
                  </Code>
                  <div>
                    <Button
                      size="xs"
                      variant="default"
                      aria-expanded={preview === name}
                      onClick={() => show(preview === name ? undefined : name)}
                    >
                      {preview === name ? text.models.hidePreview : text.models.preview}
                    </Button>
                  </div>
                  {preview === name ? <Preview name={name} /> : null}
                </Stack>
              </Panel>
            ))
          )
        }
      </Loaded>
    </Page>
  )
}

function Preview({ name }: { readonly name: string }) {
  const { text } = useLocale()
  const preview = useQuery({
    queryKey: ['preview', name],
    queryFn: () => api.previewModel({ params: { name } }),
    staleTime: 60_000,
  })
  return <RowPreview label={text.models.previewOf(name)} of={preview} />
}

/** What the model reads, as its file says it. */
function writtenAs(definition: ModelDefinition): string {
  if ('sql' in definition) return definition.sql.trim()
  if ('table' in definition) return `table: ${definition.table}`
  const { model, manifest, relation } = definition.dbt
  return [`dbt: ${model}`, manifest, ...(relation === undefined ? [] : [`→ ${relation}`])].join('\n')
}
