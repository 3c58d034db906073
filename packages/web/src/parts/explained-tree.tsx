import { Text } from '@mantine/core'
import type { Explanation } from '@muster/core/engage/segment.ts'
import { useLocale } from '../locales/locale.tsx'
import { tone } from '../theme.ts'
import styles from './explained-tree.module.css'

/** Every filter of a segment with its answer for one person. */
export function ExplainedTree({ of: node }: { readonly of: Explanation }) {
  return (
    <ul className={styles.tree}>
      <Branch of={node} />
    </ul>
  )
}

function Branch({ of: node }: { readonly of: Explanation }) {
  const { text } = useLocale()
  return (
    <li>
      <Text span c={node.holds ? tone.good : tone.bad} fw={700} aria-hidden>
        {node.holds ? '✓' : '✗'}
      </Text>{' '}
      <span className={styles.unseen}>
        {node.holds ? text.segment.holds : text.segment.doesNotHold}
        {': '}
      </span>
      {node.filter}
      {node.parts.length === 0 ? null : (
        <ul className={styles.tree}>
          {node.parts.map((part, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: an answer's parts never move
            <Branch key={index} of={part} />
          ))}
        </ul>
      )}
    </li>
  )
}
