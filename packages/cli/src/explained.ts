import colors from 'picocolors'

interface Explained {
  readonly filter: string
  readonly holds: boolean
  readonly parts: readonly Explained[]
}

/** A filter tree with a mark at each filter: why somebody is, or is not, in a segment. */
export function formatExplained(why: Explained, indent = ''): string {
  const mark = why.holds ? colors.green('✓') : colors.red('✗')
  return [
    `${indent}${mark} ${why.filter}`,
    ...why.parts.map((part) => formatExplained(part, `${indent}  `)),
  ].join('\n')
}
