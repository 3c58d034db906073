import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import styles from './facts.module.css'

export interface Fact {
  readonly label: string
  readonly value: ReactNode
}

/** What is known of one thing: names on the left, what they are on the right; on a narrow screen one above the other. */
export function Facts({ of: facts }: { readonly of: readonly Fact[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map((fact) => (
        <div key={fact.label} className={styles.fact}>
          <Text component="dt" size="sm" c="dimmed">
            {fact.label}
          </Text>
          <dd className={styles.value}>{fact.value}</dd>
        </div>
      ))}
    </dl>
  )
}
