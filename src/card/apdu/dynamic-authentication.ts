/** Tags of the dynamic authentication template (ISO/IEC 7816-4 §11.5.5, SP 800-73-4 part 2 table 7). */
export const dynamicAuthentication = {
  template: 0x7c,
  witness: 0x80,
  challenge: 0x81,
  response: 0x82,
  exponentiation: 0x85,
} as const
