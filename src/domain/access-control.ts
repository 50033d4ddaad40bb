/** What a trustee may do with one request (contract §3, "Request rights in the SDDL"). */
export type RequestRight = 'execute' | 'cancel' | 'approve' | 'write' | 'read' | 'delete'

/** Everyone who is signed in. */
export const everyone = 'everyone'

export interface AccessControlEntry {
  readonly effect: 'allow' | 'deny'
  /** In the order in which they are shown. */
  readonly rights: readonly RequestRight[]
  /** A security identifier, or {@link everyone}. */
  readonly trustee: string
}

export interface RequestAccessFacts {
  readonly originatorSid: string
  readonly targetSid: string
  readonly ownerSid: string
  readonly initiators: readonly string[]
  readonly approvers: readonly string[]
  /** Trustees that manage the profile template. */
  readonly managers: readonly string[]
  /** Empty where the target itself executes. */
  readonly enrollmentAgents: readonly string[]
  /** Whether the originator executes too: retiring and revoking need no card in the hand. */
  readonly originatorExecutes: boolean
}

/**
 * Writes the access control list of a new request, in the order of the published samples (contract §3).
 * The originator is denied approval: nobody approves their own request.
 */
export function requestAccessControl(facts: RequestAccessFacts): AccessControlEntry[] {
  const allow = (rights: RequestRight[], trustee: string): AccessControlEntry => ({
    effect: 'allow',
    rights,
    trustee,
  })
  const executors = facts.enrollmentAgents.length > 0 ? facts.enrollmentAgents : [facts.targetSid]
  const originatorAsExecutor =
    facts.originatorExecutes && !executors.includes(facts.originatorSid) ? [facts.originatorSid] : []
  return [
    { effect: 'deny', rights: ['approve'], trustee: facts.originatorSid },
    ...facts.approvers.map(sid => allow(['approve'], sid)),
    ...facts.initiators.map(sid => allow(['cancel', 'write'], sid)),
    ...facts.managers.map(sid => allow(['write', 'read'], sid)),
    allow(['read'], everyone),
    allow(['execute', 'cancel', 'approve', 'write', 'delete', 'read'], facts.ownerSid),
    allow(['cancel', 'write'], facts.targetSid),
    ...[...executors, ...originatorAsExecutor].map(sid => allow(['execute', 'cancel', 'write'], sid)),
  ]
}

/** Whether somebody with these security identifiers has the right: any denial wins, otherwise any grant. */
export function hasRequestRight(
  entries: readonly AccessControlEntry[],
  sids: ReadonlySet<string>,
  right: RequestRight,
): boolean {
  const matching = entries.filter(
    entry => entry.rights.includes(right) && (entry.trustee === everyone || sids.has(entry.trustee)),
  )
  return matching.some(entry => entry.effect === 'allow') && !matching.some(entry => entry.effect === 'deny')
}
