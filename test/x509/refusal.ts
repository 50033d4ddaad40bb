import assert from 'node:assert/strict'
import { X509Error, type X509ErrorCode } from '../../src/x509/x509-error.ts'

/** Asserts that the call throws an X509Error with this code. */
export function assertRefused(code: X509ErrorCode, call: () => unknown): void {
  assert.throws(call, (error: unknown) => {
    if (!(error instanceof X509Error)) throw error
    assert.equal(error.code, code, error.message)
    return true
  })
}

/** The bytes of a hexadecimal text; blanks are left out. */
export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replace(/\s/g, ''), 'hex'))
}
