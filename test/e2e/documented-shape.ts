/** What a command says, without what is another one each time: identifiers, times, keys, signatures and lengths. */
export function shapeOf(text: string): string {
  return patterns
    .reduce((shape, [pattern, replacement]) => shape.replaceAll(pattern, replacement), text)
    .trimEnd()
}

const patterns: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // Python's, where it is asked for a password without a terminal.
  [/^.*GetPassWarning.*\n.*fallback_getpass.*\n|^Warning: Password input may be echoed\.\n/gm, ''],
  [/(Password:|password for user '.*':|Password for \S+:) ?\n?/g, '$1\n'],
  [/[ ]+$/gm, ''],
  [/^Ticket cache: .*$/gm, 'Ticket cache'],
  [/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g, 'CERTIFICATE'],
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID'],
  [/S-1-5-21(-\d+){3,4}/g, 'SID'],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+Z| UTC)/g, 'TIME'],
  [/\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d/g, 'TIME'],
  [/"[\w+/:=-]{20,30}… \(\d+ characters\)"/g, '"LONG"'],
  [/"O:S-1-5-\S+( \(\d+ characters\))?"/g, '"LONG"'],
  [/^(\s+(?:serial number|thumbprint) +)[0-9A-F]+$/gm, '$1HEX'],
  [/cardinal_[\w-]{43}/g, 'TOKEN'],
  [/\b(is|was) built( already)?:/g, 'is built:'],
]
