import type { ApiClient } from '../api-client.ts'
import {
  arrayOf,
  call,
  callForList,
  encode,
  flag,
  newObjectUri,
  nullable,
  objectOf,
  query,
  text,
  uuidOfUri,
  wholeNumber,
} from './wire-check.ts'

/** Microsoft.Clm.Shared.Requests.Request. */
export interface RequestView {
  readonly Uuid: string
  readonly RequestType: number
  readonly Status: number
  readonly Flags: number
  readonly DataCollection: readonly { readonly Name: string; readonly Value: string | null }[]
  readonly DataCollectionFlags: number
  readonly OriginatorUserUuid: string
  readonly TargetUserUuid: string
  readonly Submitted: string
  readonly Completed: string
  readonly NewProfileUuid: string
  readonly OldProfileUuid: string
  readonly NewSmartcardUuid: string
  readonly OldSmartcardUuid: string
  readonly Priority: number
  readonly Comment: string
  readonly ProfileTemplateUuid: string
  readonly SecurityDescriptor: string
  readonly IsSmartcard: boolean
  readonly IsEnrollmentAgent: boolean
  readonly IsDataCollectionComplete: boolean
}

/** What the request is about: a profile template to enroll for, or what there is already. */
export type RequestSubject =
  | { readonly profiletemplateuuid: string }
  | { readonly smartcard: string }
  | { readonly profile: string }

export type OperationName = 'Enroll' | 'Renew' | 'Recover' | 'Unblock' | 'Retire' | 'Revoke'

export interface NewRequest {
  readonly type: OperationName
  readonly subject: RequestSubject
  /** The policy's questions and the answers to them. */
  readonly answers?: Readonly<Record<string, string>>
  readonly comment?: string
  /** The user that the request is for; the caller, where it is left out. */
  readonly target?: string
}

const requestView = objectOf<RequestView>({
  Uuid: text,
  RequestType: wholeNumber,
  Status: wholeNumber,
  Flags: wholeNumber,
  DataCollection: arrayOf(
    objectOf<{ Name: string; Value: string | null }>({ Name: text, Value: nullable(text) }),
  ),
  DataCollectionFlags: wholeNumber,
  OriginatorUserUuid: text,
  TargetUserUuid: text,
  Submitted: text,
  Completed: text,
  NewProfileUuid: text,
  OldProfileUuid: text,
  NewSmartcardUuid: text,
  OldSmartcardUuid: text,
  Priority: wholeNumber,
  Comment: text,
  ProfileTemplateUuid: text,
  SecurityDescriptor: text,
  IsSmartcard: flag,
  IsEnrollmentAgent: flag,
  IsDataCollectionComplete: flag,
})

/** Returns the new request's uuid. */
export async function createRequest(client: ApiClient, request: NewRequest): Promise<string> {
  const answers = Object.entries(request.answers ?? {}).map(([name, value]) => ({ [name]: value }))
  const body = {
    // The published client sends the list as a string that holds JSON (contract §2).
    datacollection: JSON.stringify(answers),
    type: request.type,
    ...request.subject,
    ...(request.target !== undefined && { target: request.target }),
    comment: request.comment ?? '',
  }
  return uuidOfUri(await call(client, { method: 'POST', path: 'v1.0/requests', body }, newObjectUri))
}

/** null where the caller can see no such request. */
export function getRequest(client: ApiClient, uuid: string): Promise<RequestView | null> {
  return call(client, { method: 'GET', path: `v1.0/requests/${encode(uuid)}` }, nullable(requestView))
}

export function listRequests(
  client: ApiClient,
  filter: { readonly targetUser?: 'current'; readonly status?: string } = {},
): Promise<readonly RequestView[]> {
  const path = `v1.0/requests${query({ targetuser: filter.targetUser, status: filter.status })}`
  return callForList(client, { method: 'GET', path }, requestView)
}

export function setRequestStatus(
  client: ApiClient,
  uuid: string,
  status: 'Completed' | 'Canceled' | 'Abandoned',
): Promise<RequestView> {
  return call(client, { method: 'PUT', path: `v1.0/requests/${encode(uuid)}`, body: { status } }, requestView)
}
