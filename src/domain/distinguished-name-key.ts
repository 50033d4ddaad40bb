/**
 * A form of a distinguished name (RFC 4514) that is the same for names that differ in case, in blanks around `,`, `+`
 * and `=`, and in how characters are escaped. Takes whatever attribute types there are. Not to be shown.
 */
export function distinguishedNameKey(name: string): string {
  return splitUnescaped(name, ',')
    .map(relativeName => splitUnescaped(relativeName, '+').map(attributeKey).sort().join('\u0001'))
    .join('\u0000')
}

/** The first attribute of a distinguished name: `uid` and `alice` of `uid=alice,ou=people`; null where there is none. */
export function leadingAttribute(name: string): { readonly type: string; readonly value: string } | null {
  const [relativeName = ''] = splitUnescaped(name, ',')
  const [first = ''] = splitUnescaped(relativeName, '+')
  const at = first.indexOf('=')
  if (at <= 0) return null
  return { type: first.slice(0, at).trim().toLowerCase(), value: unescapeValue(first.slice(at + 1)) }
}

function attributeKey(attribute: string): string {
  const at = attribute.indexOf('=')
  if (at < 0) return attribute.trim().toLowerCase()
  const value = unescapeValue(attribute.slice(at + 1))
  return `${attribute.slice(0, at).trim().toLowerCase()}=${value.normalize('NFC').toLowerCase()}`
}

function splitUnescaped(text: string, separator: string): string[] {
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === separator) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  return [...parts, text.slice(start)]
}

/** RFC 4514 §3: `\2C` is an octet of UTF-8, `\,` the character itself. Bare blanks around the value are no part of it. */
function unescapeValue(escaped: string): string {
  let value = ''
  let blanks = ''
  for (const [token] of escaped.trimStart().matchAll(/(?:\\[0-9A-Fa-f]{2})+|\\[\s\S]?|[^\\]/gu)) {
    if (token === ' ') {
      blanks += token
      continue
    }
    value += blanks + unescapeToken(token)
    blanks = ''
  }
  return value
}

function unescapeToken(token: string): string {
  if (!token.startsWith('\\')) return token
  if (!/^\\[0-9A-Fa-f]{2}/.test(token)) return token.slice(1)
  const octets = token.split('\\').slice(1)
  return new TextDecoder().decode(Uint8Array.from(octets, pair => Number.parseInt(pair, 16)))
}
