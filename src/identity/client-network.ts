import { isIPv6 } from 'node:net'

/**
 * What stands for a client's address where attempts are counted: an IPv4 address as it is, of an IPv6 address its
 * first 64 bits, because one subscriber is given at least that many addresses (RFC 6177 §2) and could use a new one
 * for every attempt.
 */
export function clientNetwork(address: string): string {
  const host = address.split('%', 1)[0] ?? ''
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(host)) return host.slice(0, 64)
  const [before = [], after = []] = host
    .replace(/\d+\.\d+\.\d+\.\d+$/, '0:0')
    .split('::')
    .map(half => half.split(':').filter(group => group !== ''))
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  const network = [...before, ...zeros, ...after]
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}
