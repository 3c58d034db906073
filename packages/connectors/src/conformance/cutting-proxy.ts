import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A TCP proxy on 127.0.0.1 that lets so many bytes of answers through, then breaks every connection for good. */
export interface CuttingProxy {
  readonly port: number
  cut(): boolean
  close(): Promise<void>
}

export async function openCuttingProxy(
  to: { readonly host: string; readonly port: number },
  options: { readonly afterBytes: number },
): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  let answered = 0
  const isCut = (): boolean => answered > options.afterBytes
  const server = createServer((near) => {
    if (isCut()) return void near.destroy()
    const far = connect(to.port, to.host)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far)
    far.on('data', (chunk) => {
      answered += chunk.length
      if (isCut()) for (const socket of sockets) socket.destroy()
      else if (!near.write(chunk)) {
        far.pause()
        near.once('drain', () => far.resume())
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    port: address.port,
    cut: isCut,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
