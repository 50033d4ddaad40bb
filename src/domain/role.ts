/** System-wide roles (MIM CM: rights on the service connection point). */
export const roles = [
  'administrator',
  'manager',
  'help-desk',
  'enrollment-agent',
  'auditor',
  'subscriber',
] as const
export type Role = (typeof roles)[number]

/** The rights that MIM CM extends the directory with, without their prefix "FIM CM". */
export const extendedRights = [
  'audit',
  'enrollment-agent',
  'request-enroll',
  'request-recover',
  'request-renew',
  'request-revoke',
  'request-unblock',
] as const
export type ExtendedRight = (typeof extendedRights)[number]

/** System-wide rights that each role brings. */
const rightsOfRole: Readonly<Record<Role, readonly ExtendedRight[]>> = {
  administrator: ['audit'],
  manager: ['request-enroll', 'request-recover', 'request-renew', 'request-revoke', 'request-unblock'],
  'help-desk': ['request-unblock', 'request-recover'],
  'enrollment-agent': ['enrollment-agent'],
  auditor: ['audit'],
  subscriber: [],
}

export function rightsOfRoles(held: ReadonlySet<Role>): ReadonlySet<ExtendedRight> {
  return new Set([...held].flatMap(role => rightsOfRole[role]))
}
