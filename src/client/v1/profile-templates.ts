import type { ApiClient } from '../api-client.ts'
import {
  arrayOf,
  call,
  callForList,
  encode,
  flag,
  nullable,
  objectOf,
  optional,
  text,
  wholeNumber,
} from './wire-check.ts'

/** ProfileTemplateLimitedView. */
export interface ProfileTemplateView {
  readonly Name: string
  readonly Description: string
  readonly Uuid: string
  readonly IsSmartcardProfileTemplate: boolean
  readonly IsVirtualSmartcardProfileTemplate: boolean
}

/** One question of a policy; the rest of it is for people. */
export interface DataCollectionItemView {
  readonly Name: string
  readonly Description?: string | null | undefined
  readonly Required?: boolean | null | undefined
  /** `Subscriber` or `CertificateManager`. */
  readonly Role?: string | null | undefined
}

/** The part of a policy that a client acts on. */
export interface PolicyView {
  readonly Enabled: boolean
  readonly SelfServiceEnabled: boolean
  readonly ApprovalsNeeded: number
  readonly CollectComments: boolean
  /** Both names are published for the same list (contract §4); see {@link questionsOf}. */
  readonly DataCollection?: readonly DataCollectionItemView[] | null | undefined
  readonly PolicyDataCollection?: readonly DataCollectionItemView[] | null | undefined
  /** Retire: whether the client erases the card. */
  readonly EraseCard?: boolean | null | undefined
}

/** The part of a smart card configuration that a client acts on. */
export interface SmartcardConfigurationView {
  /** 48 hexadecimal digits. */
  readonly DefaultAdminKeyHex: string
  readonly DiversifyAdminKey: boolean
  readonly UserPinOption: number
  readonly IsVirtualSmartcard?: boolean | null | undefined
  readonly UserPinPolicy?: PinLengthView | null | undefined
}

export interface PinLengthView {
  readonly MinimumLength: number
  readonly MaximumLength: number
}

const profileTemplateView = objectOf<ProfileTemplateView>({
  Name: text,
  Description: text,
  Uuid: text,
  IsSmartcardProfileTemplate: flag,
  IsVirtualSmartcardProfileTemplate: flag,
})

const questions = optional(
  arrayOf(
    objectOf<DataCollectionItemView>({
      Name: text,
      Description: optional(text),
      Required: optional(flag),
      Role: optional(text),
    }),
  ),
)

const policyView = objectOf<PolicyView>({
  Enabled: flag,
  SelfServiceEnabled: flag,
  ApprovalsNeeded: wholeNumber,
  CollectComments: flag,
  DataCollection: questions,
  PolicyDataCollection: questions,
  EraseCard: optional(flag),
})

const smartcardConfigurationView = objectOf<SmartcardConfigurationView>({
  DefaultAdminKeyHex: text,
  DiversifyAdminKey: flag,
  UserPinOption: wholeNumber,
  IsVirtualSmartcard: optional(flag),
  UserPinPolicy: optional(
    objectOf<PinLengthView>({ MinimumLength: wholeNumber, MaximumLength: wholeNumber }),
  ),
})

/** Those that the caller may enroll for. */
export function listProfileTemplates(client: ApiClient): Promise<readonly ProfileTemplateView[]> {
  return callForList(client, { method: 'GET', path: 'v1.0/profiletemplates' }, profileTemplateView)
}

export function getProfileTemplate(client: ApiClient, uuid: string): Promise<ProfileTemplateView | null> {
  return call(
    client,
    { method: 'GET', path: `v1.0/profiletemplates/${encode(uuid)}` },
    nullable(profileTemplateView),
  )
}

/** @param type a request type's name, in any case */
export function getPolicy(
  client: ApiClient,
  profileTemplateUuid: string,
  type: string,
): Promise<PolicyView | null> {
  const path = `v1.0/profiletemplates/${encode(profileTemplateUuid)}/policies/${encode(type)}`
  return call(client, { method: 'GET', path }, nullable(policyView))
}

/** null for a software profile template. */
export function getSmartcardConfiguration(
  client: ApiClient,
  profileTemplateUuid: string,
): Promise<SmartcardConfigurationView | null> {
  const path = `v1.0/profiletemplates/${encode(profileTemplateUuid)}/configuration/smartcards`
  return call(client, { method: 'GET', path }, nullable(smartcardConfigurationView))
}

export function questionsOf(policy: PolicyView): readonly DataCollectionItemView[] {
  return policy.DataCollection ?? policy.PolicyDataCollection ?? []
}
