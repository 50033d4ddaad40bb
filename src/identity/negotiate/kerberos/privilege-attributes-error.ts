/** A privilege attribute certificate is malformed, or nobody's who has the key. Says nothing of what it holds. */
export class PrivilegeAttributesError extends Error {
  override readonly name = 'PrivilegeAttributesError'
}
