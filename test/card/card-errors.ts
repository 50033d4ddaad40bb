import assert from 'node:assert/strict'
import { CardError, type CardErrorCode } from '../../src/card/card-error.ts'

/** Expects a refusal with this code and, where given, this number of tries left. */
export async function refuses(
  command: Promise<unknown>,
  code: CardErrorCode,
  triesLeft?: number,
): Promise<void> {
  const refusal = await refusalOf(command)
  assert.equal(refusal?.code, code)
  if (triesLeft !== undefined) assert.equal(refusal?.triesLeft, triesLeft)
}

/** The card's refusal, or nothing where the command succeeds. Any other error is passed on. */
export async function refusalOf(command: Promise<unknown>): Promise<CardError | undefined> {
  try {
    await command
    return undefined
  } catch (error) {
    if (error instanceof CardError) return error
    throw error
  }
}
