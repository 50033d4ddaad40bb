/** What stands for "no object" wherever a GUID is expected. */
export const zeroGuid = '00000000-0000-0000-0000-000000000000'

/** Numbers on the wire of what a client must tell apart (contract §3). */
export const requestStatus = {
  approved: 3,
  denied: 4,
  completed: 8,
  failed: 9,
  pending: 16,
  canceled: 17,
  executing: 18,
} as const

export const requestTypeNumber = {
  Enroll: 1,
  Recover: 2,
  Renew: 3,
  Unblock: 5,
  Revoke: 6,
  Retire: 7,
} as const

/** What a request can ask for that this client carries out. */
export type RequestType = keyof typeof requestTypeNumber

export const smartcardStatus = {
  assigned: 2,
  active: 3,
  disabled: 4,
  suspended: 5,
  retired: 6,
} as const

export const userPinOption = {
  none: 0,
  userProvided: 1,
  serverDistributed: 2,
  randomized: 3,
  customServerDistributed: 4,
} as const

/** The name of a request's status, for people. */
export function requestStatusName(status: number): string {
  const found = Object.entries(requestStatus).find(([, number]) => number === status)
  return found?.[0] ?? `status ${status}`
}
