import { Anchor, AppShell, Burger, Group, NativeSelect, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Outlet, useLocation } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { api, needsSignIn, statusKey } from '../api.ts'
import markUrl from '../favicon.svg'
import { languages, useLocale } from '../locales/locale.tsx'
import { ErrorNotice } from './error-notice.tsx'
import { TextLink } from './links.tsx'
import { SignIn } from './sign-in.tsx'
import { Stations } from './stations.tsx'

const mainId = 'content'

/** What stands around every page: name, language, the stations of the way; and the sign-in where it is needed. */
export function Shell() {
  const { text } = useLocale()
  const [opened, { toggle, close }] = useDisclosure(false)
  const status = useQuery({ queryKey: statusKey, queryFn: () => api.getStatus() })
  const main = useFocusOnArrival(close)
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="md"
    >
      <Anchor href={`#${mainId}`} className="skip-link">
        {text.app.skip}
      </Anchor>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={text.app.openNavigation}
              aria-expanded={opened}
            />
            <TextLink to="/" underline="never" c="bright" aria-label="Muster">
              <Group gap={8} wrap="nowrap">
                <img src={markUrl} alt="" width={26} height={26} />
                <Text fw={700} fz={18}>
                  Muster
                </Text>
              </Group>
            </TextLink>
            <Text size="sm" c="dimmed" visibleFrom="md">
              {text.app.tagline}
            </Text>
          </Group>
          <LanguageChoice />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={text.app.navigation} className="stations" data-opened={opened}>
        <Stations halves={status.data?.halves ?? ['sync', 'engage']} />
        <Group mt="auto" p="xs" gap="xs">
          <Text size="xs" c="dimmed">
            {status.data ? text.app.version(status.data.version) : ''}
          </Text>
          <Text size="xs">
            <Anchor href="/docs">{text.app.apiDocs}</Anchor>
          </Text>
        </Group>
      </AppShell.Navbar>
      <AppShell.Main id={mainId} ref={main} tabIndex={-1} style={{ outline: 'none' }}>
        <div className="page-width">
          {status.isError && !needsSignIn(status.error) ? <ErrorNotice error={status.error} /> : null}
          {needsSignIn(status.error) ? <SignIn /> : <Outlet />}
        </div>
      </AppShell.Main>
    </AppShell>
  )
}

function LanguageChoice() {
  const { text, language, setLanguage } = useLocale()
  return (
    <NativeSelect
      size="xs"
      aria-label={text.app.language}
      value={language}
      onChange={(event) => {
        const chosen = languages.find((known) => known === event.currentTarget.value)
        if (chosen) setLanguage(chosen)
      }}
      data={languages.map((known) => ({ value: known, label: text.app.languages[known] }))}
    />
  )
}

/** After a change of page the keyboard and the screen reader begin at its content, as after loading a page. */
function useFocusOnArrival(onArrival: () => void) {
  const main = useRef<HTMLElement>(null)
  const { pathname } = useLocation()
  const before = useRef(pathname)
  useEffect(() => {
    if (before.current === pathname) return
    before.current = pathname
    onArrival()
    main.current?.focus({ preventScroll: true })
  }, [pathname, onArrival])
  return main
}
