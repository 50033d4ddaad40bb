/**
 * Breaks a line into lines of at most `width` characters: after a blank, or else before a `/`, `?` or `&`, as addresses
 * are best read; where there is none of them, anywhere.
 *
 * @param indentation what the second line and those after it begin with; shorter than half of `width`
 */
export function wrapLine(line: string, width: number, indentation: string): string[] {
  const lines: string[] = []
  let rest = line
  let prefix = ''
  while (prefix.length + rest.length > width) {
    const room = width - prefix.length
    const at = breakAt(rest, room)
    lines.push(prefix + rest.slice(0, at).trimEnd())
    rest = rest.slice(at).trimStart()
    prefix = indentation
  }
  return [...lines, prefix + rest]
}

/** Nothing in the first half is taken: that line would look torn off. */
function breakAt(text: string, room: number): number {
  const blank = text.lastIndexOf(' ', room)
  if (blank > room / 2) return blank + 1 <= room ? blank + 1 : blank
  const separator = Math.max(...['/', '?', '&'].map(mark => text.lastIndexOf(mark, room)))
  return separator > room / 2 ? separator : room
}
