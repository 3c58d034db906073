/**
 * Where Muster may send requests on a user's behalf. A destination is often in a private network, so private
 * addresses are allowed; a cloud's metadata service and other link-local neighbours never are.
 */
export type EgressVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string }

const metadataHosts = new Set(['metadata.google.internal', 'metadata', 'instance-data', 'metadata.goog'])

/**
 * Judges an endpoint as written: https anywhere, http only to this machine, no credentials in the URL, no metadata
 * or link-local host. A name may still resolve to such an address: `isForbiddenAddress` judges it when connecting.
 */
export function judgeEndpoint(url: string): EgressVerdict {
  const parsed = parseUrl(url)
  if (!parsed) return no('is not a URL; write it like https://rest.iad-01.braze.com')
  const { scheme, authority } = parsed
  if (scheme !== 'https' && scheme !== 'http') return no('must begin with https://')
  if (authority.includes('@')) return no('must not hold a user name or password')
  const host = hostOf(authority)
  if (host === null) return no('has no valid host name')
  if (metadataHosts.has(host) || isForbiddenAddress(host)) {
    return no(`names ${host}, an address that Muster never sends to`)
  }
  if (scheme === 'http' && !isLoopback(host)) {
    return no('must begin with https:// (plain http is allowed to this machine only)')
  }
  return { ok: true }
}

/**
 * True for an address that nothing may be sent to: link-local (with every cloud's metadata service), unspecified,
 * multicast and broadcast; IPv4 within IPv6 included. Takes an IP address as text; a host name gives false.
 */
export function isForbiddenAddress(address: string): boolean {
  const v4 = parseIpv4(address)
  if (v4) return isForbiddenIpv4(v4)
  const v6 = parseIpv6(address)
  if (!v6) return false
  const mapped = embeddedIpv4(v6)
  if (mapped) return isForbiddenIpv4(mapped)
  const [first = 0, second = 0] = v6
  const linkLocal = (first & 0xffc0) === 0xfe80
  const multicast = (first & 0xff00) === 0xff00
  const unspecified = v6.every((group) => group === 0)
  const awsMetadata = first === 0xfd00 && second === 0x0ec2
  return linkLocal || multicast || unspecified || awsMetadata
}

/** True for `localhost` and for 127.0.0.0/8 and ::1. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost')) return true
  const v4 = parseIpv4(host)
  if (v4) return v4[0] === 127
  const v6 = parseIpv6(host)
  if (!v6) return false
  const mapped = embeddedIpv4(v6)
  if (mapped) return mapped[0] === 127
  return v6.slice(0, 7).every((group) => group === 0) && v6[7] === 1
}

type Octets = readonly [number, number, number, number]

function isForbiddenIpv4([a, b, c, d]: Octets): boolean {
  const linkLocal = a === 169 && b === 254
  const alibabaMetadata = a === 100 && b === 100 && c === 100 && d === 200
  return a === 0 || linkLocal || alibabaMetadata || a >= 224
}

function parseUrl(url: string): { readonly scheme: string; readonly authority: string } | null {
  const found = /^([a-z][a-z0-9+.-]*):\/\/([^/?#\\\s]+)(?:[/?#][^\s\\]*)?$/i.exec(url)
  return found ? { scheme: (found[1] ?? '').toLowerCase(), authority: found[2] ?? '' } : null
}

/** The host without port, brackets and the dot of a fully qualified name; null where it cannot be one. */
function hostOf(authority: string): string | null {
  const bracketed = /^\[([0-9a-f:.]+)\](?::\d{1,5})?$/i.exec(authority)
  if (bracketed) return parseIpv6(bracketed[1] ?? '') ? (bracketed[1] ?? '').toLowerCase() : null
  const found = /^([a-z0-9._-]+?)\.?(?::\d{1,5})?$/i.exec(authority)
  return found ? (found[1] ?? '').toLowerCase() : null
}

/** As URL parsers read it: decimal, octal and hexadecimal parts, and one to four of them. */
function parseIpv4(text: string): Octets | null {
  const parts = text.split('.')
  if (parts.length > 4 || !parts.every((part) => /^(0x[0-9a-f]*|\d+)$/i.test(part))) return null
  const numbers = parts.map(parsePart)
  const last = numbers.pop() ?? 0
  const value = numbers.reduce((sum, part, index) => sum + part * 256 ** (3 - index), last)
  if (numbers.some((part) => part > 255) || last >= 256 ** (4 - numbers.length)) return null
  return [
    Math.floor(value / 2 ** 24) % 256,
    Math.floor(value / 65536) % 256,
    Math.floor(value / 256) % 256,
    value % 256,
  ]
}

function parsePart(part: string): number {
  if (/^0x/i.test(part)) return part.length === 2 ? 0 : Number.parseInt(part.slice(2), 16)
  return /^0[0-7]+$/.test(part) ? Number.parseInt(part, 8) : Number(part)
}

/** The eight groups of an IPv6 address, or null. */
function parseIpv6(text: string): number[] | null {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  const tail = dotted ? parseIpv4(dotted[2] ?? '') : null
  if (dotted && !tail) return null
  const hex = tail
    ? `${dotted?.[1]}${(tail[0] * 256 + tail[1]).toString(16)}:${(tail[2] * 256 + tail[3]).toString(16)}`
    : text
  if (!/^[0-9a-f:]+$/i.test(hex) || !hex.includes(':')) return null
  const halves = hex.split('::')
  if (halves.length > 2) return null
  const groupsOf = (half: string): string[] => (half === '' ? [] : half.split(':'))
  const [head, rest] = [groupsOf(halves[0] ?? ''), groupsOf(halves[1] ?? '')]
  const missing = 8 - head.length - rest.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  const groups = [...head, ...Array<string>(halves.length === 2 ? missing : 0).fill('0'), ...rest]
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.map((g) => Number.parseInt(g, 16))
    : null
}

/** IPv4 as carried in IPv6: mapped, compatible, NAT64 and 6to4. */
function embeddedIpv4(groups: readonly number[]): Octets | null {
  const octets = (high = 0, low = 0): Octets => [high >> 8, high & 255, low >> 8, low & 255]
  if (groups[0] === 0x2002) return octets(groups[1], groups[2])
  const nat64 = groups[0] === 0x64 && groups[1] === 0xff9b && groups.slice(2, 6).every((g) => g === 0)
  const mapped = groups.slice(0, 5).every((g) => g === 0) && groups[5] === 0xffff
  const compatible = groups.slice(0, 6).every((g) => g === 0) && (groups[6] ?? 0) !== 0
  return nat64 || mapped || compatible ? octets(groups[6], groups[7]) : null
}

function no(reason: string): EgressVerdict {
  return { ok: false, reason }
}
