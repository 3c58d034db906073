import { Button, type ButtonProps, Group, Modal, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useLocale } from '../locales/locale.tsx'
import { ErrorNotice } from './error-notice.tsx'

interface ConfirmButtonProps extends Pick<ButtonProps, 'variant' | 'color' | 'size'> {
  readonly label: string
  readonly title: string
  /** What will happen; shown, and so asked for, only once the question stands. */
  readonly children: ReactNode
  readonly act: () => Promise<unknown>
}

/** Does it after asking; a failure is shown where it was asked. */
export function ConfirmButton({ label, title, children, act, ...look }: ConfirmButtonProps) {
  const { text } = useLocale()
  const [opened, { open, close }] = useDisclosure(false)
  const acting = useMutation({ mutationFn: act, onSuccess: close })
  const ask = (): void => {
    acting.reset()
    open()
  }
  return (
    <>
      <Button {...look} onClick={ask}>
        {label}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={title}
        centered
        closeButtonProps={{ 'aria-label': text.act.close }}
      >
        <Stack>
          {children}
          {acting.isError ? <ErrorNotice error={acting.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              {text.act.cancel}
            </Button>
            <Button
              {...(look.color === undefined ? {} : { color: look.color })}
              loading={acting.isPending}
              onClick={() => acting.mutate()}
            >
              {label}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
