import { fault } from '@muster/core/lib/error.ts'
import { profileStages } from '../../../../examples/shop/profiles.ts'
import type { Shop } from '../../../../examples/shop/shop.ts'
import { postJson } from './command-line.ts'
import type { Narrator } from './narrator.ts'

export interface ProfileLoad {
  readonly shop: Shop
  readonly day: 1 | 2
  readonly address: string
  readonly restKey: string
}

const atOnce = 4

/** Brings the shop's people into the engagement half as an app and a backend would. Returns how many requests it took. */
export async function loadProfiles(load: ProfileLoad, narrator: Narrator): Promise<number> {
  let sent = 0
  for (const { title, requests } of profileStages(load.shop, load.day)) {
    const queue = requests[Symbol.iterator]()
    const sender = async (): Promise<void> => {
      for (let next = queue.next(); !next.done; next = queue.next()) {
        const { path, body } = next.value
        const { status, message } = await postJson(load.address, path, body, load.restKey)
        if (status !== 201) throw fault('load_failed', `${path} answered ${status}: ${message}`)
        sent++
        if (sent % 50 === 0) narrator.progress(`${title}: ${sent} requests`)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, sender))
  }
  return sent
}
