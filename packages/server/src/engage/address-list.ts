import { BlockList, isIP } from 'node:net'

/** An address, or a network such as `10.0.0.0/8`; null where it is neither. */
export function parseNetwork(text: string): { readonly address: string; readonly bits: number } | null {
  const [address = '', given, ...rest] = text.trim().split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return null
  const most = family === 4 ? 32 : 128
  const bits = given === undefined ? most : /^\d{1,3}$/.test(given) ? Number(given) : most + 1
  return bits <= most ? { address, bits } : null
}

/** True when an address is in one of the networks. An IPv4 address in IPv6's clothes counts as itself. */
export function isAllowed(networks: readonly string[], ip: string): boolean {
  const address = ip.replace(/^::ffff:(?=\d+\.)/, '')
  const list = new BlockList()
  for (const network of networks) {
    const parsed = parseNetwork(network)
    if (parsed) list.addSubnet(parsed.address, parsed.bits, familyOf(parsed.address))
  }
  return isIP(address) !== 0 && list.check(address, familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6'
}
