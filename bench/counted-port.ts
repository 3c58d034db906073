import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Stage } from './bench.ts'

/** A port on 127.0.0.1 through which another one is reached. */
export interface CountedPort {
  readonly port: number
  /** How many bytes the far end has sent through it. */
  fetched(): number
}

export async function openCountedPort(stage: Stage, farPort: number): Promise<CountedPort> {
  let fetched = 0
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(farPort, '127.0.0.1')
    far.on('data', (bytes) => {
      fetched += bytes.length
    })
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.pipe(other)
      socket.on('error', () => other.destroy())
      socket.on('close', () => sockets.delete(socket))
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  stage.defer(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, fetched: () => fetched }
}
