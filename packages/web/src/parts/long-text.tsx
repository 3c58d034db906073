import { Text } from '@mantine/core'

/** A value from a warehouse or a partner, which may have a thousand characters: one line, whole when pointed at. */
export function LongText({ of: value }: { readonly of: string }) {
  return (
    <Text inherit truncate maw="24rem" title={value}>
      {value}
    </Text>
  )
}
