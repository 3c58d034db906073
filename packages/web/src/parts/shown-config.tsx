import { Code } from '@mantine/core'
import { Facts } from './facts.tsx'

/** A connector's settings as the server shows them: secrets are dots already. */
export function ShownConfig({ config }: { readonly config: Readonly<Record<string, unknown>> }) {
  return (
    <Facts
      of={Object.entries(config).map(([label, value]) => ({
        label,
        value: <Code>{typeof value === 'string' ? value : JSON.stringify(value)}</Code>,
      }))}
    />
  )
}
