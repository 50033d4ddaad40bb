import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import type { Randomness } from '../../workflows/ports/randomness.ts'

export const systemRandomness: Randomness = {
  bytes: length => Uint8Array.from(randomBytes(length)),
  uuid: () => randomUUID(),
  integer: limit => randomInt(limit),
}
