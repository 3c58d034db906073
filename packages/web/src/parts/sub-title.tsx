import { Title } from '@mantine/core'

/** The title of a part within a panel. */
export function SubTitle({ children }: { readonly children: string }) {
  return (
    <Title order={3} size="h5" mb={6}>
      {children}
    </Title>
  )
}
