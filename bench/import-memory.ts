import { join } from 'node:path'
import type { Bench } from './bench.ts'
import { startMuster } from './child.ts'
import { openMusterClient } from './cohort-client.ts'
import { fillProfiles, startDatabase } from './engage-database.ts'
import { requestsFor } from './import.ts'
import { median } from './measurement.ts'
import { inParallel } from './post.ts'

const profiles = 200_000
const connections = 4
const looks = 20

/**
 * Whether the server's memory grows with what it has taken: ids go in and out of four cohorts until `--rows` of them were
 * sent. `rss_first` and `rss_last` are the medians of its memory over the first and the last quarter; their limit is the
 * memory after the first look.
 */
export const importMemory: Bench = {
  title: 'memory of the server over many imports',
  rows: { what: 'ids', default: 10_000_000 },
  run: async (stage) => {
    const { url, pool } = await startDatabase(stage)
    const muster = await startMuster(stage, {
      dataDirectory: join(stage.directory, 'data'),
      only: 'engage',
      environment: { MUSTER_DATABASE_URL: url },
    })
    await fillProfiles(pool, profiles)
    const send = await openMusterClient(stage, muster, connections)
    const requests = requestsFor(profiles)
    const rounds = Math.max(looks, Math.ceil(stage.rows / 1_000))
    const seen: number[] = []
    for (let look = 0; look < looks; look++) {
      const [from, to] = [Math.round((look * rounds) / looks), Math.round(((look + 1) * rounds) / looks)]
      const numbers = Array.from({ length: to - from }, (_, n) => from + n)
      await inParallel(numbers, connections, (number) => {
        const user_ids = requests[number % requests.length] ?? []
        const leaves = Math.floor(number / requests.length) % 2 === 1
        return send(`memory-${number % connections}`, [
          leaves ? { user_ids, should_remove: true } : { user_ids },
        ])
      })
      seen.push((await muster.nowMiB()) ?? Number.NaN)
      stage.progress(`${(to * 1_000).toLocaleString('en')} ids, ${Math.round(seen.at(-1) ?? 0)} MiB`)
    }
    const quarter = looks / 4
    const n = rounds * 1_000
    const limit = seen[0] ?? null
    return [
      { metric: 'rss_first', value: median(seen.slice(0, quarter)), unit: 'MiB', limit, n },
      { metric: 'rss_last', value: median(seen.slice(-quarter)), unit: 'MiB', limit, n },
      { metric: 'rss_peak', value: (await muster.peakMiB()) ?? Number.NaN, unit: 'MiB', limit, n },
    ]
  },
}
