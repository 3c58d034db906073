import { Button, CopyButton, Group, TextInput } from '@mantine/core'
import { useLocale } from '../locales/locale.tsx'

interface CopyFieldProps {
  readonly label: string
  readonly value: string
  readonly description?: string
}

/** A text to be taken elsewhere. It is selected on focus, for where a browser gives no clipboard (plain HTTP). */
export function CopyField({ label, value, description }: CopyFieldProps) {
  const { text } = useLocale()
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      <TextInput
        label={label}
        description={description ?? null}
        value={value}
        readOnly
        onFocus={(event) => event.currentTarget.select()}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        style={{ flex: 1, minWidth: 0 }}
      />
      <CopyButton value={value} timeout={2_000}>
        {({ copied, copy }) => (
          <Button variant={copied ? 'light' : 'default'} color="teal" onClick={copy} aria-live="polite">
            {copied ? text.act.copied : text.act.copy}
          </Button>
        )}
      </CopyButton>
    </Group>
  )
}
