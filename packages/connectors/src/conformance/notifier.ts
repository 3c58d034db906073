import type { SealedNotifier } from '@muster/core/sync/connector.ts'
import type { DestinationIo } from '@muster/core/sync/destination.ts'
import type { Notice } from '@muster/core/sync/notifier.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

/** Those who are told, as the suite must see them. */
export interface Audience {
  /** The whole text of each message that arrived, newest last. */
  readonly heard: string[]
  /** What becomes of the next message. */
  next: 'taken' | 'refused' | 'unavailable'
  /** What no outcome may tell: holds the word `canary`. */
  readonly secrets: readonly string[]
  close(): Promise<void>
}

export interface NotifierSetup<One extends Audience> {
  readonly notifier: SealedNotifier
  readonly io: DestinationIo
  readonly start: () => Promise<One>
  readonly config: (audience: One, wrongSecret: boolean) => Readonly<Record<string, unknown>>
  /** Why a wrong secret is not told apart; absent where it is. */
  readonly secretless?: string
}

const notice: Notice = {
  id: '0b3f6c1e-0000-4000-8000-000000000001',
  event: 'raised',
  sync: 'lapsed-vips',
  alert: 'held',
  message: 'run 12 is held by a guard: 3 < 5 & more',
  at: Date.UTC(2026, 10, 24),
  link: 'https://muster.example/syncs/lapsed-vips',
}

/** The contract that every notifier keeps (core/sync/notifier.ts). */
export function notifierContract<One extends Audience>(setup: NotifierSetup<One>): void {
  const { notifier, io, start, config, secretless } = setup
  describe(`notifier ${notifier.name}`, () => {
    let audience: One
    const signal = (): AbortSignal => AbortSignal.timeout(10_000)
    const tell = (change: Partial<Notice> = {}, wrongSecret = false) =>
      notifier.open(config(audience, wrongSecret), io).tell({ ...notice, ...change }, signal())

    beforeAll(async () => {
      audience = await start()
    })
    beforeEach(() => {
      audience.heard.length = 0
      audience.next = 'taken'
    })
    afterAll(() => audience.close())

    it('tells what is wrong, with which sync, and where to look', async () => {
      expect(await tell()).toMatchObject({ kind: 'accepted' })
      const [heard = ''] = audience.heard
      expect(heard).toContain('lapsed-vips')
      expect(heard).toContain('is held by a guard')
      expect(heard).toContain('https://muster.example/syncs/lapsed-vips')
    })

    it('tells recovery and test apart from trouble', async () => {
      for (const event of ['raised', 'recovered', 'test'] as const) await tell({ event })
      expect(new Set(audience.heard).size).toBe(3)
    })

    it('is refused or unavailable as the far end says', async () => {
      audience.next = 'refused'
      expect(await tell()).toMatchObject({ kind: 'refused' })
      audience.next = 'unavailable'
      expect(await tell()).toMatchObject({ kind: 'unavailable' })
      expect(await tell()).toMatchObject({ kind: 'accepted' })
    })

    it(secretless ?? 'is unauthorized with a wrong secret', async () => {
      expect(await tell({}, true)).toMatchObject({ kind: secretless ? 'accepted' : 'unauthorized' })
    })

    it('tells no secret in an outcome', async () => {
      for (const next of ['refused', 'unavailable'] as const) {
        audience.next = next
        expect(JSON.stringify(await tell())).not.toContain('canary')
      }
      expect(JSON.stringify(await tell({}, true))).not.toContain('canary')
    })

    it('is unavailable when nobody answers', async () => {
      const alone = config(audience, false)
      await audience.close()
      expect(await notifier.open(alone, io).tell(notice, signal())).toMatchObject({
        kind: 'unavailable',
        status: null,
      })
      audience = await start()
    })
  })
}
