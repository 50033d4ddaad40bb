import type { Vault } from '../../workflows/ports/vault.ts'

/** The ID token of a sign-in, by which the provider knows what to end (RP-Initiated Logout 1.0 §2). */
export interface SignOutHints {
  /** In base64url, for a cookie; where it does not fit into one, a hint that says nothing. */
  seal(idToken: string): string
  /** null where it says nothing, or was not sealed here. */
  open(sealed: string): string | null
}

const purpose = 'sign-out hint'
/** RFC 6265 §6.1: 4096 bytes for a cookie with its attributes. */
const longestSealed = 3900

/** Sealed, because an ID token says much about a person and is nobody's business but the provider's. */
export function createSignOutHints(vault: Vault): SignOutHints {
  const seal = (text: string) => Buffer.from(vault.seal(purpose, Buffer.from(text))).toString('base64url')
  return {
    seal(idToken) {
      const sealed = seal(idToken)
      return sealed.length <= longestSealed ? sealed : seal('')
    },
    open(sealed) {
      if (sealed.length > longestSealed) return null
      try {
        return Buffer.from(vault.open(purpose, Buffer.from(sealed, 'base64url'))).toString() || null
      } catch {
        return null
      }
    },
  }
}
