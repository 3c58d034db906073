import { Text } from '@mantine/core'
import { formatIdentifier, type Identifier } from '@muster/core/sync/identifier.ts'
import { TextLink } from './links.tsx'

/** An identifier in one line, leading to all that is known of whoever it names. */
export function IdentifierLink({ of: identifier }: { readonly of: Identifier }) {
  const written = formatIdentifier(identifier)
  return (
    <Text inherit truncate maw="24rem" title={written}>
      <TextLink to="/why" search={{ user: written }}>
        {written}
      </TextLink>
    </Text>
  )
}
