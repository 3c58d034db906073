import { Button, Paper, PasswordInput, Stack } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { signIn } from '../api.ts'
import { useLocale } from '../locales/locale.tsx'
import { ErrorNotice } from './error-notice.tsx'
import { Page } from './page.tsx'

/** Stands in place of the pages until the server knows its administrator; what was asked for is then asked again. */
export function SignIn() {
  const { text } = useLocale()
  const [token, setToken] = useState('')
  const signing = useMutation({ mutationFn: () => signIn(token) })
  return (
    <Page title={text.signIn.title} intro={text.signIn.intro}>
      <Paper withBorder p="lg" maw={460}>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            signing.mutate()
          }}
        >
          <Stack>
            <PasswordInput
              label={text.signIn.token}
              description={text.signIn.tokenHint}
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
              autoComplete="current-password"
              required
            />
            {signing.isError ? <ErrorNotice error={signing.error} /> : null}
            <Button type="submit" loading={signing.isPending}>
              {text.signIn.submit}
            </Button>
          </Stack>
        </form>
      </Paper>
    </Page>
  )
}
