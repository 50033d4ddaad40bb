const instructionsWithoutSecrets: ReadonlySet<number> = new Set([
  0x22, // MANAGE SECURITY ENVIRONMENT
  0x44, // ACTIVATE FILE
  0x47, // GENERATE ASYMMETRIC KEY PAIR
  0xa4, // SELECT
  0xb0, // READ BINARY
  0xc0, // GET RESPONSE
  0xca, // GET DATA
  0xcb, // GET DATA
  0xe0, // CREATE FILE
  0xe4, // DELETE FILE
])

/** What follows a deciphered or authenticated answer by GET RESPONSE is masked too, as its command cannot be known. */
const answersWithoutSecrets: ReadonlySet<number> = new Set([
  0x22, 0x44, 0x47, 0xa4, 0xb0, 0xca, 0xcb, 0xe0, 0xe4,
])

/**
 * A command for a log: its header and length in hexadecimal digits, its data only where the instruction is known never to
 * carry a PIN, a key, a challenge or a response.
 */
export function maskedCommand(command: Uint8Array): string {
  const [, instruction = 0] = command
  if (command.length <= 5 || instructionsWithoutSecrets.has(instruction)) return hex(command)
  return `${hex(command.subarray(0, 4))} [${command.length - 4} bytes masked]`
}

/** A card's response for a log, masked by the same rule; its status word always stands there. */
export function maskedResponse(command: Uint8Array, response: Uint8Array): string {
  const [, instruction = 0] = command
  if (response.length <= 2 || answersWithoutSecrets.has(instruction)) return hex(response)
  return `[${response.length - 2} bytes masked] ${hex(response.subarray(-2))}`
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase()
}
