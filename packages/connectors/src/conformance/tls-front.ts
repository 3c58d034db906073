import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** A PostgreSQL that speaks TLS: takes the client's wish for it, and passes on in the clear what comes through it. */
export interface TlsFront {
  readonly port: number
  close(): Promise<void>
}

const sslRequestBytes = 8

export async function openTlsFront(to: { readonly host: string; readonly port: number }): Promise<TlsFront> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
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
    near.once('readable', () => {
      near.read(sslRequestBytes)
      near.write('S')
      const secure = new TLSSocket(near, { isServer: true, key: testKey, cert: testCertificate })
      secure.on('error', () => {})
      secure.pipe(far).pipe(secure)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the front has no port')
  return {
    port: address.port,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** For the name localhost, signed by itself; it proves nothing to anybody but these tests. */
export const testCertificate = `-----BEGIN CERTIFICATE-----
MIIBlDCCATugAwIBAgIUC3lC6KHBpyIacOh/7hwB4Ca28pMwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDA4MDg1MloYDzIxMjYxMDMx
MDgwODUyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQL6B7pD2IJ+nEr8EcifY9yvl77PrpLzlLRkkMpn4eKCzTfdfNBooF1
pb4hz9BrPeBRDyWsdMpgUienXJHZVpR4o2kwZzAdBgNVHQ4EFgQU9N1LZbhGA4Lm
XpKZsgjDkHDMKZgwHwYDVR0jBBgwFoAU9N1LZbhGA4LmXpKZsgjDkHDMKZgwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
RwAwRAIgeLCDOlNZubNbb3DdNfJYOeqpFrwBUAQDzSHxFFazJR4CICZWMCxPcxSX
LKXoQxDhyOG8xSSGagxGb03P4My11zzT
-----END CERTIFICATE-----`

const testKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgm5nHCeXi8BljgMCy
7vM2kjFgfp6jwx07L7qhQr+A80mhRANCAAQL6B7pD2IJ+nEr8EcifY9yvl77PrpL
zlLRkkMpn4eKCzTfdfNBooF1pb4hz9BrPeBRDyWsdMpgUienXJHZVpR4
-----END PRIVATE KEY-----`
