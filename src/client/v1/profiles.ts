import type { ApiClient } from '../api-client.ts'
import {
  arrayOf,
  call,
  callForList,
  encode,
  nullable,
  objectOf,
  query,
  text,
  wholeNumber,
} from './wire-check.ts'

/** Microsoft.Clm.Shared.Profiles.Profile. */
export interface ProfileView {
  readonly Uuid: string
  readonly Status: number
  readonly Flags: number
  readonly ParentProfileUuid: string
  readonly PrimaryProfileUuid: string
  readonly AssignedUserUuid: string
  readonly ProfileTemplateUuid: string
  readonly ProfileTemplateVersion: number
  readonly Comment: string
  readonly ProfileOperations: readonly string[]
}

/** Whose certificates or operations are asked for. */
export type CertificateHolder = { readonly smartcard: string } | { readonly profile: string }

const profileView = objectOf<ProfileView>({
  Uuid: text,
  Status: wholeNumber,
  Flags: wholeNumber,
  ParentProfileUuid: text,
  PrimaryProfileUuid: text,
  AssignedUserUuid: text,
  ProfileTemplateUuid: text,
  ProfileTemplateVersion: wholeNumber,
  Comment: text,
  ProfileOperations: arrayOf(text),
})

/** @param status a profile status's name, such as `Active` */
export function listProfiles(client: ApiClient, status?: string): Promise<readonly ProfileView[]> {
  return callForList(client, { method: 'GET', path: `v1.0/profiles${query({ status })}` }, profileView)
}

export function getProfile(client: ApiClient, uuid: string): Promise<ProfileView | null> {
  return call(client, { method: 'GET', path: `v1.0/profiles/${encode(uuid)}` }, nullable(profileView))
}

/** What the caller can have done to it, in lower-case words. */
export function listOperations(client: ApiClient, holder: CertificateHolder): Promise<readonly string[]> {
  return callForList(client, { method: 'GET', path: `${pathOf(holder)}/operations` }, text)
}

export function pathOf(holder: CertificateHolder): string {
  return 'smartcard' in holder
    ? `v1.0/smartcards/${encode(holder.smartcard)}`
    : `v1.0/profiles/${encode(holder.profile)}`
}
