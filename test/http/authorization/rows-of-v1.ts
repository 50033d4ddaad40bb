import { everyUser, notPermitted, only, overseers, ownersAlone, ownersAndOverseers } from './outcomes.ts'
import { templates } from './people.ts'
import type { Row } from './row.ts'

const v1 = '/CertificateManagement/api/v1.0'
const template = `${v1}/profiletemplates/${templates.virtualSmartcard}`

/** Nobody is told, of what nobody has, whether it is there. */
const nothing = everyUser('204')

/** Nobody is told where in time stands what is none of theirs. */
const notInList = '400 InvalidParameter'

/** The API of MIM CM, by method and route. What stands in parentheses tells several calls of one route apart. */
export const rowsOfV1: Readonly<Record<string, Row>> = {
  [`GET ${v1}/profiletemplates`]: {
    access: 'read',
    call: () => ({ url: `${v1}/profiletemplates` }),
    whoever: everyUser('200'),
  },
  [`GET ${v1}/profiletemplates/:id`]: {
    access: 'read',
    call: () => ({ url: template }),
    whoever: everyUser('200'),
  },
  [`GET ${v1}/profiletemplates/:id (of managers)`]: {
    access: 'read',
    call: () => ({ url: `${v1}/profiletemplates/${templates.ofManagers}` }),
    whoever: overseers('200'),
  },
  [`GET ${v1}/profiletemplates/:id/policies/:type`]: {
    access: 'read',
    call: () => ({ url: `${template}/policies/enroll` }),
    whoever: everyUser('200'),
  },
  [`GET ${v1}/profiletemplates/:id/policies/:type (of managers)`]: {
    access: 'read',
    call: () => ({ url: `${v1}/profiletemplates/${templates.ofManagers}/policies/enroll` }),
    whoever: overseers('200'),
  },
  [`GET ${v1}/profiletemplates/:id/policy/workflow/:type`]: {
    access: 'read',
    call: () => ({ url: `${template}/policy/workflow/enroll` }),
    whoever: everyUser('200'),
  },
  [`GET ${v1}/profiletemplates/:id/configuration/smartcards`]: {
    access: 'read',
    call: () => ({ url: `${template}/configuration/smartcards` }),
    whoever: everyUser('200'),
  },
  [`GET ${v1}/profiletemplates/:id/configuration/smartcards (of managers)`]: {
    access: 'read',
    call: () => ({ url: `${v1}/profiletemplates/${templates.ofManagers}/configuration/smartcards` }),
    whoever: overseers('200'),
  },
  [`POST ${v1}/requests`]: {
    access: 'request',
    // The card is not active yet: whoever may ask is told that.
    call: ({ executing }) => ({
      url: `${v1}/requests`,
      payload: { type: 'Unblock', smartcard: executing.smartcard },
    }),
    own: everyUser('409 SmartcardStateForbids'),
    others: only(['manager', 'help-desk'], '409 SmartcardStateForbids'),
  },
  [`POST ${v1}/requests (to retire)`]: {
    access: 'request',
    call: ({ executing }) => ({
      url: `${v1}/requests`,
      payload: { type: 'Retire', smartcard: executing.smartcard },
    }),
    own: everyUser('409 SmartcardStateForbids'),
    others: only(['manager'], '409 SmartcardStateForbids'),
  },
  [`POST ${v1}/requests (to enroll)`]: {
    access: 'request',
    call: ({ uuid }) => ({
      url: `${v1}/requests`,
      payload: { type: 'Enroll', profiletemplateuuid: templates.logonCard, target: uuid },
    }),
    own: everyUser('201'),
    others: only(['manager'], '201'),
  },
  [`POST ${v1}/requests (to enroll with what managers alone may read)`]: {
    access: 'request',
    call: ({ uuid }) => ({
      url: `${v1}/requests`,
      payload: { type: 'Enroll', profiletemplateuuid: templates.ofManagers, target: uuid },
    }),
    own: everyUser(notPermitted),
    others: only(['manager'], '400 InvalidParameter'),
  },
  [`GET ${v1}/requests`]: {
    access: 'read',
    call: () => ({ url: `${v1}/requests?status=Executing` }),
    whoever: everyUser('200'),
  },
  [`GET ${v1}/requests (behind one)`]: {
    access: 'read',
    call: ({ executing }) => ({ url: `${v1}/requests?status=Failed&after=${executing.request}` }),
    own: nothing,
    others: { ...everyUser(notInList), manager: '204', administrator: '204', auditor: '204' },
  },
  [`GET ${v1}/requests/:id`]: {
    access: 'read',
    call: ({ executing }) => ({ url: `${v1}/requests/${executing.request}` }),
    ...ownersAndOverseers('200'),
  },
  [`GET ${v1}/requests/:id (by an agent)`]: {
    access: 'read',
    call: ({ byAgent }) => ({ url: `${v1}/requests/${byAgent.request}` }),
    own: everyUser('200'),
    others: only(['manager', 'administrator', 'auditor', 'enrollment-agent'], '200'),
  },
  [`PUT ${v1}/requests/:id`]: {
    access: 'request',
    call: ({ executing }) => ({
      url: `${v1}/requests/${executing.request}`,
      payload: { status: 'Completed' },
    }),
    ...ownersAlone('409 CertificatesMissing'),
  },
  [`PUT ${v1}/requests/:id (by an agent)`]: {
    access: 'request',
    // Whoever the card is for hands it out to nobody, but for an agent.
    call: ({ byAgent }) => ({ url: `${v1}/requests/${byAgent.request}`, payload: { status: 'Completed' } }),
    own: only(['enrollment-agent'], '409 CertificatesMissing'),
    others: only(['enrollment-agent'], '409 CertificatesMissing'),
  },
  [`PUT ${v1}/requests/:id (Canceled)`]: {
    access: 'request',
    // The initiators whom the policy names may cancel what they could have made.
    call: ({ executing }) => ({
      url: `${v1}/requests/${executing.request}`,
      payload: { status: 'Canceled' },
    }),
    spends: 'executing',
    own: everyUser('200'),
    others: only(['manager'], '200'),
  },
  [`PUT ${v1}/requests/:id (Abandoned)`]: {
    access: 'request',
    call: ({ pending }) => ({ url: `${v1}/requests/${pending}`, payload: { status: 'Abandoned' } }),
    own: everyUser('409 RequestStateForbids'),
    others: only(['manager'], '409 RequestStateForbids'),
  },
  [`GET ${v1}/requests/:requestid/certificaterequestgenerationoptions`]: {
    access: 'read',
    call: ({ executing }) => ({
      url: `${v1}/requests/${executing.request}/certificaterequestgenerationoptions`,
    }),
    ...ownersAndOverseers('200'),
  },
  [`POST ${v1}/requests/:requestid/certificatedata`]: {
    access: 'request',
    call: ({ executing }) => ({
      url: `${v1}/requests/${executing.request}/certificatedata`,
      payload: { certificaterequests: ['MAA='] },
    }),
    ...ownersAlone('400 InvalidParameter'),
  },
  [`POST ${v1}/smartcards`]: {
    access: 'request',
    // Said twice it is done once: nothing is spent.
    call: ({ executing }) => ({
      url: `${v1}/smartcards`,
      payload: { requestid: executing.request, cardid: executing.cardId },
    }),
    ...ownersAlone('201'),
  },
  [`GET ${v1}/smartcards`]: {
    access: 'read',
    call: ({ executing }) => ({ url: `${v1}/smartcards?cardid=${executing.cardId}` }),
    ...ownersAndOverseers('200'),
  },
  [`GET ${v1}/smartcards (behind what is no card)`]: {
    access: 'read',
    call: ({ executing }) => ({ url: `${v1}/smartcards?after=${executing.request}` }),
    whoever: everyUser(notInList),
  },
  [`GET ${v1}/smartcards/:id`]: {
    access: 'read',
    call: ({ executing }) => ({ url: `${v1}/smartcards/${executing.smartcard}` }),
    ...ownersAndOverseers('200'),
  },
  [`GET ${v1}/smartcards/:id/serverproposedpin`]: {
    access: 'card-secret',
    // The request is looked for among the caller's own: who has none learns nothing of others.
    call: ({ executing }) => ({ url: `${v1}/smartcards/${executing.smartcard}/serverproposedpin` }),
    own: nothing,
    others: nothing,
  },
  [`GET ${v1}/profiles`]: {
    access: 'read',
    call: () => ({ url: `${v1}/profiles` }),
    whoever: everyUser('200'),
  },
  [`GET ${v1}/profiles (behind one)`]: {
    access: 'read',
    call: ({ executing }) => ({ url: `${v1}/profiles?status=Suspended&after=${executing.profile}` }),
    own: nothing,
    others: everyUser(notInList),
  },
  [`GET ${v1}/profiles/:id`]: {
    access: 'read',
    call: ({ executing }) => ({ url: `${v1}/profiles/${executing.profile}` }),
    ...ownersAndOverseers('200'),
  },
  [`GET ${v1}/requests/:requestid/profiles`]: {
    access: 'read',
    call: ({ executing }) => ({ url: `${v1}/requests/${executing.request}/profiles` }),
    ...ownersAndOverseers('200'),
  },
  [`GET ${v1}/requests/:requestid/profiles/:id`]: {
    access: 'read',
    call: ({ executing }) => ({ url: `${v1}/requests/${executing.request}/profiles/${executing.profile}` }),
    ...ownersAndOverseers('200'),
  },
  [`GET ${v1}/profiles/:id/operations`]: {
    access: 'read',
    call: ({ executing }) => ({ url: `${v1}/profiles/${executing.profile}/operations` }),
    ...ownersAndOverseers('204'),
  },
  [`GET ${v1}/smartcards/:id/operations`]: {
    access: 'read',
    call: ({ executing }) => ({ url: `${v1}/smartcards/${executing.smartcard}/operations` }),
    ...ownersAndOverseers('204'),
  },
  [`GET ${v1}/profiles/:id/certificates`]: {
    access: 'read',
    call: ({ executing }) => ({ url: `${v1}/profiles/${executing.profile}/certificates` }),
    ...ownersAndOverseers('204'),
  },
  [`GET ${v1}/smartcards/:id/certificates`]: {
    access: 'read',
    call: ({ executing }) => ({ url: `${v1}/smartcards/${executing.smartcard}/certificates` }),
    ...ownersAndOverseers('204'),
  },
  [`GET ${v1}/certificates`]: {
    access: 'read',
    call: () => ({ url: `${v1}/certificates` }),
    whoever: nothing,
  },
}

/** What is about the card of a request, by what stands after the card. */
function ofCard(rest: string, of: 'executing' | 'byAgent' = 'executing') {
  return (owner: Parameters<Row['call']>[0]) => {
    const { request, smartcard, cardId } = owner[of]
    return { url: `${v1}/requests/${request}/smartcards/${smartcard}${rest.replace('CARD', cardId)}` }
  }
}

const card = `${v1}/requests/:reqid/smartcards/:scid`
const challenge = '/authenticationresponse?cardid=CARD&challenge=1hFD%2Bcz/0so=&diversified=True'

export const rowsOfCards: Readonly<Record<string, Row>> = {
  [`GET ${card}`]: { access: 'read', call: ofCard(''), own: everyUser('200'), others: overseers('200') },
  [`PUT ${card}`]: { access: 'request', call: ofCard(''), ...ownersAlone('409 SmartcardStateForbids') },
  [`GET ${card}/diversifiedkey`]: {
    access: 'card-secret',
    call: ofCard('/diversifiedkey?cardid=CARD'),
    ...ownersAlone('200'),
  },
  [`GET ${card}/diversifiedkey (by an agent)`]: {
    access: 'card-secret',
    call: ofCard('/diversifiedkey?cardid=CARD', 'byAgent'),
    own: only(['enrollment-agent'], '200'),
    others: only(['enrollment-agent'], '200'),
  },
  [`GET ${card}/authenticationresponse`]: {
    access: 'card-secret',
    call: ofCard(challenge),
    ...ownersAlone('200'),
  },
  [`GET ${card}/serverproposedpin`]: {
    access: 'card-secret',
    call: ofCard('/serverproposedpin'),
    ...ownersAlone('204'),
  },
}
