import { Alert, Code, List, Text } from '@mantine/core'
import { MusterError, messageOf } from '@muster/core/lib/error.ts'
import { needsSignIn } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { Said } from './said.tsx'

/** What went wrong and what to do. A missing sign-in shows nothing here: the shell asks for it. */
export function ErrorNotice({ error }: { readonly error: unknown }) {
  const { text } = useLocale()
  if (needsSignIn(error)) return null
  const known = error instanceof MusterError ? error : null
  const told = known === null ? undefined : text.errors[known.code]
  const said = sentence(messageOf(error))
  return (
    <Alert color="red" variant="light" title={told?.message ?? <Said>{said}</Said>}>
      <Hint of={told === undefined ? (known?.hint ?? null) : (told.hint ?? null)} said={told === undefined} />
      {told === undefined ? null : (
        <Text size="sm" c="dimmed">
          <Said>{said}</Said>
        </Text>
      )}
      {known === null || known.details.length === 0 ? null : (
        <List size="sm" mt="xs">
          {known.details.map((detail) => (
            <List.Item key={`${detail.where} ${detail.message}`}>
              {detail.where === undefined ? null : <Code>{detail.where}</Code>} <Said>{detail.message}</Said>
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  )
}

function Hint({ of: hint, said }: { readonly of: string | null; readonly said: boolean }) {
  if (hint === null) return null
  return <Text size="sm">{said ? <Said>{hint}</Said> : hint}</Text>
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
