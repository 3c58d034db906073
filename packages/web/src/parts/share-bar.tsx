import { ColorSwatch, Group, Progress, Stack, Text } from '@mantine/core'
import { useLocale } from '../locales/locale.tsx'

export interface SharePart {
  readonly label: string
  readonly value: number
  /** A Mantine colour with its shade. */
  readonly color: string
}

interface ShareBarProps {
  /** Says the whole: `12,000 read =`. */
  readonly whole: string
  readonly parts: readonly SharePart[]
}

/** A sum as a bar, with every part in figures below it: the bar is for the eye, the list says the same. */
export function ShareBar({ whole, parts }: ShareBarProps) {
  const { number, percent } = useLocale()
  const sum = parts.reduce((total, part) => total + part.value, 0)
  return (
    <Stack gap="xs">
      <Progress.Root size="lg" aria-hidden>
        {parts
          .filter((part) => part.value > 0)
          .map((part) => (
            <Progress.Section
              key={part.label}
              value={Math.max(0.5, (100 * part.value) / sum)}
              color={part.color}
              withAria={false}
            />
          ))}
      </Progress.Root>
      <Group gap="md">
        <Text size="sm" fw={600}>
          {whole}
        </Text>
        {parts.map((part) => (
          <Group key={part.label} gap={6} wrap="nowrap">
            <ColorSwatch
              size={10}
              color={`var(--mantine-color-${part.color.replace('.', '-')})`}
              aria-hidden
            />
            <Text size="sm" c={part.value === 0 ? 'dimmed' : 'bright'} title={percent(part.value, sum)}>
              {number(part.value)} {part.label}
            </Text>
          </Group>
        ))}
      </Group>
    </Stack>
  )
}
