const fileTimeOf1970 = 116_444_736_000_000_000n
const fileTimePerMillisecond = 10_000n

/** Tenths of microseconds since 1601 (MS-DTYP 2.3.3). */
export function fileTimeOf(time: Date): bigint {
  return BigInt(time.getTime()) * fileTimePerMillisecond + fileTimeOf1970
}

/** The value of an attribute of the syntax Integer or LargeInteger; null where there is none. */
export function integerOf(text: string | null): bigint | null {
  return text !== null && /^-?[0-9]{1,20}$/.test(text) ? BigInt(text) : null
}
