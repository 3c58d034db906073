import { readdir } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { openCuttingProxy } from './cutting-proxy.ts'
import type { Network, SourceUnderTest } from './source-setup.ts'

const never = new AbortController().signal

/** What a source keeps whose database is at the other end of a network. */
export function networkContract(under: SourceUnderTest, network: Network): void {
  const { setup, config, emptyDirectory } = under

  it('leaves no file when the connection dies in the middle', async () => {
    const proxy = await openCuttingProxy(network.address(config()), { afterBytes: 512 * 1024 })
    const open = await setup.source.open(network.at(config(), proxy.port))
    try {
      const out = await emptyDirectory()
      const read = open.extract(setup.speech.numbers(1_000_000), ['id'], out, never)
      await expect(read).rejects.toMatchObject({ kind: 'transient' })
      expect(proxy.cut()).toBe(true)
      expect(await readdir(out)).toEqual([])
    } finally {
      await open.close()
      await proxy.close()
    }
  })

  it('says that nothing answers', async () => {
    const proxy = await openCuttingProxy(network.address(config()), { afterBytes: 0 })
    await proxy.close()
    const open = await setup.source.open(network.at(config(), proxy.port))
    expect(await open.check()).toMatchObject({ ok: false })
    const error = await open.describe('select 1 as one').catch((e: unknown) => e)
    expect(error).toMatchObject({ kind: 'transient', code: 'unreachable' })
    await open.close()
  })

  it('says that the credentials are refused, and not what they are', async () => {
    if (!network.wrongLogin) return
    const secret = 'wrong-secret-7f3a'
    const open = await setup.source.open(network.wrongLogin(config(), secret))
    const check = await open.check()
    expect(check).toMatchObject({ ok: false })
    expect(check.message).not.toContain(secret)
    const error = await open.describe('select 1 as one').catch((e: unknown) => e)
    expect(error).toMatchObject({ kind: 'denied', code: 'login_refused' })
    expect(JSON.stringify(error)).not.toContain(secret)
    await open.close()
  })
}
