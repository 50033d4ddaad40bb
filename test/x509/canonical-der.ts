/*
 * A second reading of X.690, written apart from the codec: it takes any BER apart and writes DER. Bytes are DER
 * exactly when they come out as they went in.
 */

interface Element {
  readonly tag: number
  readonly content: Uint8Array
}

/** The one DER form of an element, as far as its universal types tell; throws where it is no BER at all. */
export function toCanonicalDer(bytes: Uint8Array): Uint8Array {
  return Buffer.concat(parse(bytes).map(write))
}

function parse(bytes: Uint8Array): Element[] {
  const elements: Element[] = []
  let rest = bytes
  while (rest.length > 0) {
    const [tag = 0, first = 0] = rest
    const octets = first < 0x80 ? 0 : first - 0x80
    if (rest.length < 2 + octets || first === 0x80) throw new Error('cut off or indefinite')
    const length =
      octets === 0 ? first : Number(`0x${Buffer.from(rest.subarray(2, 2 + octets)).toString('hex')}`)
    if (rest.length < 2 + octets + length) throw new Error('cut off')
    elements.push({ tag, content: rest.subarray(2 + octets, 2 + octets + length) })
    rest = rest.subarray(2 + octets + length)
  }
  return elements
}

function write(element: Element): Uint8Array {
  const content = writeContent(element)
  const { length } = content
  if (length < 0x80) return Buffer.concat([Uint8Array.of(element.tag, length), content])
  const digits = length.toString(16)
  const octets = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
  return Buffer.concat([Uint8Array.of(element.tag, 0x80 + octets.length), octets, content])
}

function writeContent({ tag, content }: Element): Uint8Array {
  if (tag === 0x31) return Buffer.concat(parse(content).map(write).sort(Buffer.compare))
  if ((tag & 0x20) !== 0) return Buffer.concat(parse(content).map(write))
  switch (tag) {
    case 0x01:
      return Uint8Array.of(content.some(octet => octet !== 0) ? 0xff : 0)
    case 0x02:
    case 0x0a: {
      const number = BigInt.asIntN(content.length * 8, BigInt(`0x0${Buffer.from(content).toString('hex')}`))
      let octets = 1
      while (BigInt.asIntN(octets * 8, number) !== number) octets++
      const digits = BigInt.asUintN(octets * 8, number).toString(16)
      return Buffer.from(digits.padStart(octets * 2, '0'), 'hex')
    }
    case 0x03: {
      const cleared = content.slice()
      const last = cleared.length - 1
      if (last > 0) cleared[last] = (cleared[last] ?? 0) & (0xff << (cleared[0] ?? 0))
      return cleared
    }
    case 0x05:
      return new Uint8Array(0)
    default:
      return content
  }
}
