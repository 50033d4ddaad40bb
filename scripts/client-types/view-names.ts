/** An object in an answer that has a name of its own; it is written under that name wherever it appears. */
export interface ViewName {
  readonly name: string
  /** An operation that answers with it, or with a list of it. */
  readonly of: string
  /** Where it is not the answer itself: the property of it. */
  readonly property?: string
}

const policy = 'GET /v1.0/profiletemplates/{id}/policies/{type}'

/** What stands inside of another one comes before it. Objects without a name are written out in place. */
export const viewNames: readonly ViewName[] = [
  { name: 'ProfileTemplateView', of: 'GET /v1.0/profiletemplates/{id}' },
  { name: 'DataCollectionItemView', of: policy, property: 'DataCollection' },
  { name: 'RevocationSettingsView', of: policy, property: 'RevocationSettings' },
  { name: 'PolicyView', of: policy },
  {
    name: 'SmartcardConfigurationView',
    of: 'GET /v1.0/profiletemplates/{id}/configuration/smartcards',
  },
  { name: 'RequestView', of: 'GET /v1.0/requests/{id}' },
  {
    name: 'GenerationOptionsView',
    of: 'GET /v1.0/requests/{requestid}/certificaterequestgenerationoptions',
  },
  { name: 'CertificateResponseView', of: 'POST /v1.0/requests/{requestid}/certificatedata' },
  { name: 'SmartcardView', of: 'GET /v1.0/smartcards/{id}' },
  { name: 'ProfileView', of: 'GET /v1.0/profiles/{id}' },
  { name: 'HeldCertificateView', of: 'GET /v1.0/profiles/{id}/certificates' },
  { name: 'UserCertificateView', of: 'GET /v1.0/certificates' },
  { name: 'DecidedRequestView', of: 'POST /v2.0/requests/{id}/approvals' },
  { name: 'CallerView', of: 'GET /v2.0/session' },
  { name: 'SessionView', of: 'GET /v2.0/sessions' },
  { name: 'ApiTokenView', of: 'GET /v2.0/api-tokens' },
  { name: 'NewApiTokenView', of: 'POST /v2.0/api-tokens' },
]
