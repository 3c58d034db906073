import { Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'

export interface Figure {
  readonly label: string
  readonly value: ReactNode
  readonly hint?: string
}

/** Figures with their names, side by side as far as there is room. */
export function Figures({ of: figures }: { readonly of: readonly Figure[] }) {
  return (
    <Group component="dl" gap="xl" m={0} align="flex-start">
      {figures.map((figure) => (
        <div key={figure.label} style={{ minWidth: 90 }}>
          <Text component="dt" size="sm" c="dimmed">
            {figure.label}
          </Text>
          <Text component="dd" m={0} fz={22} fw={650} lh={1.3} style={{ fontVariantNumeric: 'tabular-nums' }}>
            {figure.value}
          </Text>
          {figure.hint === undefined ? null : (
            <Text component="dd" m={0} size="xs" c="dimmed" maw={220}>
              {figure.hint}
            </Text>
          )}
        </div>
      ))}
    </Group>
  )
}
