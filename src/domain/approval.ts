export interface Approval {
  readonly requestUuid: string
  readonly approverUuid: string
  readonly decision: 'approve' | 'deny'
  readonly at: Date
  readonly comment: string
}
