import { Skeleton, Stack } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useLocale } from '../locales/locale.tsx'
import { ErrorNotice } from './error-notice.tsx'

interface LoadedProps<Data> {
  readonly of: UseQueryResult<Data>
  readonly children: (data: Data) => ReactNode
}

/** Shows what a query gave; until then a placeholder, and instead of it what went wrong. */
export function Loaded<Data>({ of: query, children }: LoadedProps<Data>) {
  const { text } = useLocale()
  if (query.isPending) {
    return (
      <Stack gap="xs" role="status" aria-label={text.app.loading}>
        <Skeleton height={18} width="40%" />
        <Skeleton height={18} width="75%" />
        <Skeleton height={18} width="60%" />
      </Stack>
    )
  }
  return (
    <>
      {query.isError ? <ErrorNotice error={query.error} /> : null}
      {query.data === undefined ? null : children(query.data)}
    </>
  )
}
