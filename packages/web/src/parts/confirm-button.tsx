import { Button, type ButtonProps, Group, Modal, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useLocale } from '../locales/locale.tsx'
import { ErrorNotice } from './error-notice.tsx'

interface Choice {
  readonly label: string
  readonly act: () => Promise<unknown>
}

interface ConfirmButtonProps extends Pick<ButtonProps, 'variant' | 'color' | 'size'> {
  readonly label: string
  readonly title: string
  /** What will happen; shown, and so asked for, only once the question stands. */
  readonly children: ReactNode
  readonly act: () => Promise<unknown>
  /** What the answer's button says, where it is not the label. */
  readonly answer?: string
  /** A gentler way, offered beside it. */
  readonly instead?: Choice
}

/** Does it after asking; a failure is shown where it was asked. */
export function ConfirmButton(props: ConfirmButtonProps) {
  const { label, title, children, act, answer = label, instead, ...look } = props
  const { text } = useLocale()
  const [opened, { open, close }] = useDisclosure(false)
  const acting = useMutation({ mutationFn: (chosen: Choice) => chosen.act(), onSuccess: close })
  const ask = (): void => {
    acting.reset()
    open()
  }
  const isActing = (chosen: string): boolean => acting.isPending && acting.variables.label === chosen
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
            {instead === undefined ? null : (
              <Button
                variant="default"
                loading={isActing(instead.label)}
                disabled={acting.isPending}
                onClick={() => acting.mutate(instead)}
              >
                {instead.label}
              </Button>
            )}
            <Button
              {...(look.color === undefined ? {} : { color: look.color })}
              loading={isActing(answer)}
              disabled={acting.isPending}
              onClick={() => acting.mutate({ label: answer, act })}
            >
              {answer}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
