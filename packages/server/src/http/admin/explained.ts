import type { EngageStory } from '@muster/core/api/engage.ts'
import type { Explanation } from '@muster/core/engage/segment.ts'

type Explained = EngageStory['segments'][number]['why']

export function explained({ filter, holds, parts }: Explanation): Explained {
  return { filter, holds, parts: parts.map(explained) }
}
