import { Badge, Button, Code, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { KeyInfo } from '@muster/core/api/engage.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ConfirmButton } from './confirm-button.tsx'
import { CopyField } from './copy-field.tsx'
import { DataTable } from './data-table.tsx'
import { ErrorNotice } from './error-notice.tsx'
import { Moment } from './moment.tsx'
import { Panel } from './panel.tsx'

interface KeyTableProps {
  readonly title: string
  readonly hint: string
  readonly newTitle: string
  readonly keys: readonly KeyInfo[]
  /** Makes a key; its answer is the only one that has it. */
  readonly generate: (name: string) => Promise<{ readonly key: string }>
}

/** The keys of one kind: masked, with what is known of each, and the making and invalidating of them. */
export function KeyTable({ title, hint, newTitle, keys, generate }: KeyTableProps) {
  const { text } = useLocale()
  return (
    <Panel title={title} hint={hint} actions={<NewKey title={newTitle} generate={generate} />}>
      {keys.length === 0 ? (
        <Text c="dimmed">{text.partner.noKeys}</Text>
      ) : (
        <DataTable
          label={title}
          rows={keys}
          keyOf={(key) => key.id}
          minWidth={720}
          columns={[
            {
              head: text.partner.keyName,
              cell: (key) => (key.name === '' ? text.partner.unnamed : key.name),
            },
            { head: text.partner.masked, cell: (key) => <Code>{key.masked}</Code> },
            { head: text.column.created, cell: (key) => <Moment at={key.created_at} /> },
            { head: text.partner.lastUsed, cell: (key) => <Moment at={key.last_used_at} /> },
            { head: text.partner.state, cell: (key) => <KeyState of={key} /> },
          ]}
        />
      )}
    </Panel>
  )
}

function KeyState({ of: key }: { readonly of: KeyInfo }) {
  const { text, instant } = useLocale()
  if (key.invalidated_at !== null) {
    return (
      <Text size="sm" c="dimmed">
        {text.partner.invalidated(instant(key.invalidated_at))}
      </Text>
    )
  }
  return (
    <Group gap="xs" wrap="nowrap">
      <Badge color="teal">{text.partner.live}</Badge>
      <ConfirmButton
        label={text.partner.invalidate}
        title={text.partner.invalidateTitle}
        variant="subtle"
        color="red"
        size="compact-sm"
        act={() => api.invalidateKey({ params: { id: key.id } })}
      >
        <Text size="sm">{text.partner.invalidateBody(key.masked)}</Text>
      </ConfirmButton>
    </Group>
  )
}

function NewKey({ title, generate }: Pick<KeyTableProps, 'generate'> & { readonly title: string }) {
  const { text } = useLocale()
  const [opened, { open, close }] = useDisclosure(false)
  const [name, setName] = useState('')
  const generating = useMutation({ mutationFn: generate, gcTime: 0 })
  // The key is forgotten with the question: nothing of the page can show it again.
  const begin = (): void => {
    generating.reset()
    setName('')
    open()
  }
  const end = (): void => {
    close()
    generating.reset()
  }
  return (
    <>
      <Button onClick={begin}>{text.partner.generate}</Button>
      <Modal
        opened={opened}
        onClose={end}
        title={title}
        centered
        size="lg"
        closeOnClickOutside={generating.data === undefined}
        closeButtonProps={{ 'aria-label': text.act.close }}
      >
        {generating.data === undefined ? (
          <form
            onSubmit={(event) => {
              event.preventDefault()
              generating.mutate(name.trim())
            }}
          >
            <Stack>
              <TextInput
                label={text.partner.keyName}
                description={text.partner.keyNameHint}
                value={name}
                maxLength={100}
                onChange={(event) => setName(event.currentTarget.value)}
                data-autofocus
              />
              {generating.isError ? <ErrorNotice error={generating.error} /> : null}
              <Group justify="flex-end">
                <Button variant="default" onClick={end}>
                  {text.act.cancel}
                </Button>
                <Button type="submit" loading={generating.isPending}>
                  {text.partner.generate}
                </Button>
              </Group>
            </Stack>
          </form>
        ) : (
          <Stack>
            <Text fw={600}>{text.partner.shownOnce}</Text>
            <CopyField label={text.partner.key} value={generating.data.key} />
            <Group justify="flex-end">
              <Button onClick={end}>{text.partner.done}</Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </>
  )
}
