import { describe, expect, it } from 'vitest'
import type { GuardName } from './guard.ts'
import { waitingPart } from './part.ts'

describe('what waits', () => {
  const breaches = (...guards: GuardName[]) => guards.map((guard) => ({ guard, message: '' }))
  it.each([
    ['removals, by their guards', ['max_removed', 'max_removed_count'], 'removals'],
    ['additions, by theirs', ['max_added_count', 'max_added'], 'additions'],
    ['all, when both are broken', ['max_removed', 'max_added'], null],
    ['all, when what was read is in doubt', ['min_members'], null],
    ['all, when it is in doubt too', ['max_removed', 'max_age'], null],
    ['nothing, when no guard is broken', [], null],
  ] as const)('%s', (_, guards, expected) => {
    expect(waitingPart({ holds: 'part' }, breaches(...guards))).toBe(expected)
    expect(waitingPart({}, breaches(...guards))).toBeNull()
  })
})
