import type { RequestWords } from '../../client/enrollment/begin-request.ts'
import type { RequestType } from '../../client/enumerations.ts'
import type { DataCollectionItemView } from '../../client/library/generated/answers.ts'
import { printableText } from '../../client/printable-text.ts'
import { ask, hasTerminal } from '../terminal/ask.ts'
import { UsageError } from '../usage-error.ts'
import type { RequestValues } from './enrollment-options.ts'
import type { SignedIn } from './sign-in.ts'

const longestQuestion = 200

/** The answers to a policy's questions, from the options or asked for. Throws UsageError. */
export async function answerQuestions(
  { client }: SignedIn,
  profileTemplateUuid: string,
  operation: RequestType,
  values: RequestValues,
): Promise<RequestWords> {
  const policy = await client.call('GET /v1.0/profiletemplates/{id}/policies/{type}', {
    path: { id: profileTemplateUuid, type: operation.toLowerCase() },
  })
  const questions = (policy?.DataCollection ?? []).filter(isForUser)
  const given = givenAnswers(values.answer ?? [])
  const unknown = Object.keys(given).find(name => !questions.some(question => isSame(question.Name, name)))
  if (unknown !== undefined) {
    const known = questions.map(({ Name }) => `"${Name}"`).join(', ')
    throw new UsageError(
      `The template has no question "${printableText(unknown, longestQuestion)}". ` +
        (known === '' ? 'It asks nothing.' : `It asks ${known}.`),
    )
  }
  const answers: Record<string, string> = {}
  for (const question of questions) {
    const [, answer] = Object.entries(given).find(([name]) => isSame(name, question.Name)) ?? []
    const said = answer ?? (await askQuestion(question))
    if (said !== '') answers[question.Name] = said
  }
  return { answers, comment: values.comment }
}

async function askQuestion({ Name, Description, Required }: DataCollectionItemView): Promise<string> {
  if (!Required && !hasTerminal()) return ''
  const about = !Description ? '' : ` (${Description})`
  const question = printableText(`${Name}${about}`, longestQuestion)
  for (;;) {
    const said = await ask(`${question}: `, `Give --answer "${Name}=…".`)
    if (said !== '' || !Required) return said
  }
}

function givenAnswers(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map(text => {
      const separator = text.indexOf('=')
      if (separator < 1) throw new UsageError('An answer is of the form "Name=Value".')
      return [text.slice(0, separator).trim(), text.slice(separator + 1)]
    }),
  )
}

/** Others are for the approvers. */
function isForUser({ Role }: DataCollectionItemView): boolean {
  return Role === 'Subscriber'
}

function isSame(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}
