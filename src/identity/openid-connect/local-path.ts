const longestPath = 1024

/**
 * A path on this server, with its query, as a page may ask to be led back to; null for anything that a browser would
 * take for another server's address. The WHATWG URL standard reads `//`, `/\` and, after dot segments are taken out,
 * `/.//` as the beginning of a host; tabs and line feeds it leaves out.
 */
export function localPathOf(text: string): string | null {
  if (text.length > longestPath || !/^\/[\x21-\x7e]*$/.test(text) || text.includes('\\')) return null
  const origin = 'http://localhost'
  const url = URL.parse(text, origin)
  return url !== null && url.origin === origin && !url.pathname.startsWith('//') ? text : null
}
