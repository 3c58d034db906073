import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What happens to the bytes of one direction. */
export interface Toxic {
  readonly latencyMs?: number
  readonly bytesPerSecond?: number
  /** Bytes go on in pieces of this size. */
  readonly sliceBytes?: number
  /** Each connection is reset after so many bytes. */
  readonly limitBytes?: number
  /** Bytes are taken and go no further until the toxic is changed. */
  readonly silent?: true
}

export type Direction = 'toFar' | 'toNear'

/** A TCP proxy on 127.0.0.1 between two that believe to speak to each other. Nothing goes wrong until it is told to. */
export interface FaultProxy {
  readonly port: number
  /** From now on, for bytes that have not gone on yet. Directions that are not named are well again. */
  set(toxics: Partial<Record<Direction, Toxic>>): void
  /** What is silent stays so for the connections of now; those that come are well. */
  strand(): void
  /** Breaks every connection; with `down` also those that come, until `up`. */
  reset(): void
  down(): void
  up(): void
  connections(): number
  close(): Promise<void>
}

interface Pair {
  readonly near: Socket
  readonly far: Socket
  stranded: boolean
}

const napMs = 10

export async function openFaultProxy(to: {
  readonly host: string
  readonly port: number
}): Promise<FaultProxy> {
  const pairs = new Set<Pair>()
  let toxics: Partial<Record<Direction, Toxic>> = {}
  let isDown = false

  const server = createServer((near) => {
    near.on('error', () => {})
    if (isDown) return void near.resetAndDestroy()
    const pair: Pair = { near, far: connect(to.port, to.host), stranded: false }
    pairs.add(pair)
    for (const socket of [pair.near, pair.far]) {
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        pairs.delete(pair)
        pair.near.destroy()
        pair.far.destroy()
      })
    }
    carry(pair, 'toFar').catch(() => destroy(pair))
    carry(pair, 'toNear').catch(() => destroy(pair))
  })

  const toxicOf = (pair: Pair, direction: Direction): Toxic =>
    pair.stranded ? { silent: true } : (toxics[direction] ?? {})

  const carry = async (pair: Pair, direction: Direction): Promise<void> => {
    const [from, into] = direction === 'toFar' ? [pair.near, pair.far] : [pair.far, pair.near]
    let carried = 0
    for await (const chunk of from) {
      let rest: Buffer = chunk
      const { latencyMs = 0 } = toxicOf(pair, direction)
      if (latencyMs > 0) await sleep(latencyMs)
      while (rest.length > 0) {
        while (toxicOf(pair, direction).silent && !into.destroyed) await sleep(napMs)
        const { sliceBytes, bytesPerSecond, limitBytes } = toxicOf(pair, direction)
        if (limitBytes !== undefined && carried >= limitBytes) return destroy(pair)
        const paced =
          bytesPerSecond === undefined ? rest.length : Math.max(1, Math.floor(bytesPerSecond / 20))
        const left = limitBytes === undefined ? rest.length : limitBytes - carried
        const piece = rest.subarray(0, Math.min(sliceBytes ?? rest.length, paced, left))
        rest = rest.subarray(piece.length)
        carried += piece.length
        if (!into.write(piece)) await Promise.race([once(into, 'drain'), once(into, 'close')])
        if (sliceBytes !== undefined) await sleep(1)
        if (bytesPerSecond !== undefined) await sleep((piece.length / bytesPerSecond) * 1_000)
      }
    }
    into.end()
  }

  const reset = (): void => {
    for (const pair of pairs) destroy(pair)
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    port: address.port,
    set: (next) => {
      toxics = next
    },
    strand: () => {
      for (const pair of pairs) pair.stranded = true
    },
    reset,
    down: () => {
      isDown = true
      reset()
    },
    up: () => {
      isDown = false
    },
    connections: () => pairs.size,
    close: async () => {
      reset()
      server.close()
      await once(server, 'close')
    },
  }
}

function destroy({ near, far }: Pair): void {
  near.resetAndDestroy()
  far.resetAndDestroy()
}
