/** Whether nothing but this machine reaches the address. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** Whether the address stands for every address of the machine, so that no client can use it as a name. */
export function isUnspecifiedAddress(host: string): boolean {
  return /^[0.]+$/.test(host) || (host.includes(':') && /^[0:.]+$/.test(host))
}
