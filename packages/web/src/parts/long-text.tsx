import { Text } from '@mantine/core'

/** A value from a warehouse or a partner, which may have a thousand characters: one line, whole when pointed at. */
export function LongText({ of: value, lang }: { readonly of: string; readonly lang?: string }) {
  return (
    <Text inherit truncate maw="24rem" title={value} {...(lang === undefined ? {} : { lang })}>
      {value}
    </Text>
  )
}
