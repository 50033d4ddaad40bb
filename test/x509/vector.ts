import { readFileSync } from 'node:fs'

/** The bytes of a published vector; `test/vectors/x509/README.md` names their source. */
export function readVector(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../vectors/x509/${name}`, import.meta.url)))
}
