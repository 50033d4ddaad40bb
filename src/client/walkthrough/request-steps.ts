import { createRequest } from '../create-request.ts'
import { EnrollmentError } from '../enrollment-error.ts'
import { requestStatus, requestStatusName, zeroGuid } from '../enumerations.ts'
import { readRequest, requireExecutable } from '../executable-request.ts'
import type { PolicyView, ProfileTemplateView, RequestView } from '../library/generated/answers.ts'
import { printableText } from '../printable-text.ts'
import type { WalkthroughRun } from './walkthrough-options.ts'

/** Steps 1 and 2. */
export async function selectionSteps(run: WalkthroughRun): Promise<ProfileTemplateView> {
  const { recorder } = run
  const templates = await recorder.call(
    { sent: 1, answered: 1 },
    client => client.call('GET /v1.0/profiletemplates'),
    list => list ?? [],
  )
  return await recorder.act(
    2,
    () => select(templates, run.profileTemplateUuid),
    selected => {
      const names = templates.map(({ Name }) => `"${printableText(Name, 60)}"`).join(', ')
      return `Offered: ${names}. Selected: "${printableText(selected.Name, 60)}".`
    },
  )
}

function select(templates: readonly ProfileTemplateView[], uuid: string): ProfileTemplateView {
  const selected = templates.find(template => template.Uuid.toLowerCase() === uuid.toLowerCase())
  if (selected === undefined) {
    throw new EnrollmentError(
      'not-offered',
      `The user cannot enroll for the profile template ${uuid}. ` +
        'Give them Read and Enroll on it and switch on self-service in its enrollment policy, or select another one.',
    )
  }
  if (!selected.IsVirtualSmartcardProfileTemplate) {
    throw new EnrollmentError(
      'not-offered',
      `The profile template "${printableText(selected.Name, 60)}" is not one of virtual smart cards. Select one that is.`,
    )
  }
  return selected
}

/** Steps 3 to 9. */
export async function requestSteps(run: WalkthroughRun, template: ProfileTemplateView): Promise<RequestView> {
  const { recorder, state } = run
  if (state.requestUuid === null) await creationSteps(run, template)
  else await recorder.skip([3, 4, 5, 6])
  const uuid = state.requestUuid ?? zeroGuid
  const request = await recorder.call(
    { sent: 7, answered: 7 },
    client => readRequest(client, uuid),
    found => found,
  )
  const isCompleted = request.Status === requestStatus.completed && state.certificateAnswer !== null
  await recorder.act(
    8,
    () => {
      if (!isCompleted) requireExecutable(request)
    },
    () => `Status ${request.Status}: ${requestStatusName(request.Status)}.`,
  )
  await recorder.act(
    9,
    () => request.NewSmartcardUuid,
    smartcard => (smartcard === zeroGuid ? 'None: the id is the empty GUID.' : `It has ${smartcard}.`),
  )
  return request
}

async function creationSteps({ recorder, state, answers }: WalkthroughRun, template: ProfileTemplateView) {
  const policy = await recorder.call(
    { sent: 3, answered: 3 },
    client =>
      client.call('GET /v1.0/profiletemplates/{id}/policies/{type}', {
        path: { id: template.Uuid, type: 'enroll' },
      }),
    requirePolicy,
  )
  await recorder.act(
    4,
    () => requireAnswers(policy, answers),
    () => describeQuestions(policy),
  )
  const asked = new Set(policy.DataCollection.map(({ Name }) => Name.toLowerCase()))
  await recorder.call(
    { sent: 5, answered: 6 },
    client =>
      createRequest(client, {
        type: 'Enroll',
        subject: { profiletemplateuuid: template.Uuid },
        answers: Object.fromEntries(
          Object.entries(answers).filter(([name]) => asked.has(name.toLowerCase())),
        ),
      }),
    uuid => {
      // Kept before it is reported: whoever is interrupted by then goes on with this request.
      state.requestUuid = uuid
    },
  )
}

function requirePolicy(policy: PolicyView | null): PolicyView {
  if (policy?.Enabled && policy.SelfServiceEnabled) return policy
  throw new EnrollmentError(
    'not-offered',
    'Users cannot enroll themselves for this profile template. Switch on self-service in its enrollment policy.',
  )
}

function requireAnswers(policy: PolicyView, answers: Readonly<Record<string, string>>): void {
  const answered = new Set(Object.keys(answers).map(name => name.toLowerCase()))
  const open = policy.DataCollection.find(
    ({ Name, Required, Role }) =>
      Required && Role !== 'CertificateManager' && !answered.has(Name.toLowerCase()),
  )
  if (open !== undefined) {
    throw new EnrollmentError(
      'answer-missing',
      `The policy asks for "${printableText(open.Name, 60)}". Give an answer to it.`,
    )
  }
}

function describeQuestions(policy: PolicyView): string {
  const questions = policy.DataCollection.map(
    ({ Name, Required }) => `"${printableText(Name, 60)}"${Required ? ' (required)' : ''}`,
  )
  return (
    `To ask: ${questions.length === 0 ? 'nothing' : questions.join(', ')}. ` +
    `Comments are ${policy.CollectComments ? '' : 'not '}collected.`
  )
}
