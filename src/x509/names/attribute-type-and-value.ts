/** One attribute of a name (RFC 5280 §4.1.2.4). */
export interface AttributeTypeAndValue {
  /** Dotted object identifier. */
  readonly type: string
  readonly value: string
}
