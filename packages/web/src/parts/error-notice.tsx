import { Alert, Code, List, Text } from '@mantine/core'
import { MusterError, messageOf } from '@muster/core/lib/error.ts'
import { needsSignIn } from '../api.ts'

/** What went wrong and what to do. A missing sign-in shows nothing here: the shell asks for it. */
export function ErrorNotice({ error }: { readonly error: unknown }) {
  if (needsSignIn(error)) return null
  const known = error instanceof MusterError ? error : null
  return (
    <Alert color="red" variant="light" title={sentence(messageOf(error))}>
      {known?.hint === undefined ? null : <Text size="sm">{known.hint}</Text>}
      {known === null || known.details.length === 0 ? null : (
        <List size="sm" mt="xs">
          {known.details.map((detail) => (
            <List.Item key={`${detail.where} ${detail.message}`}>
              {detail.where === undefined ? null : <Code>{detail.where}</Code>} {detail.message}
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  )
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
