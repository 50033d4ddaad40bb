import type { FileFault } from '../../domain/people-file.ts'

export type Utf8Text = { readonly text: string } | { readonly fault: FileFault }

const newline = 0x0a

/** The text of a file without its byte order mark; a fault by its line where it is in another encoding. */
export function readUtf8Text(bytes: Uint8Array): Utf8Text {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { fault: { line: 1, message: 'The file is in UTF-16. Save it as UTF-8.' } }
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return {
      fault: {
        line: firstBrokenLine(bytes),
        message: 'This line is not UTF-8. Save the file as UTF-8 (in a spreadsheet program: "CSV UTF-8").',
      },
    }
  }
}

/** No character of UTF-8 contains the byte of a newline, so that each line is whole by itself. */
function firstBrokenLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(newline, start)
    const stop = end === -1 ? bytes.length : end
    try {
      decoder.decode(bytes.subarray(start, stop))
    } catch {
      break
    }
    start = stop + 1
  }
  return line
}
