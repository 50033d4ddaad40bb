import type { ProfileTemplateView } from '../../client/library/generated/answers.ts'
import { choose } from '../terminal/ask.ts'
import { UsageError } from '../usage-error.ts'
import type { SignedIn } from './sign-in.ts'

/** The template of this name or uuid. Throws UsageError. */
export async function findTemplate({ client }: SignedIn, wanted: string): Promise<ProfileTemplateView> {
  const templates = (await client.call('GET /v1.0/profiletemplates')) ?? []
  const isMeant = ({ Name, Uuid }: ProfileTemplateView) =>
    [Name, Uuid].some(each => each.toLowerCase() === wanted.toLowerCase())
  const [found, ...others] = templates.filter(isMeant)
  if (found !== undefined && others.length === 0) return found
  if (found !== undefined)
    throw new UsageError('Several profile templates have that name. Give the UUID of one.')
  throw new UsageError(`There is no such profile template for you.${listed(templates)}`)
}

/** Lets the person choose one. Throws UsageError. */
export async function chooseTemplate({ client }: SignedIn): Promise<ProfileTemplateView> {
  const templates = (await client.call('GET /v1.0/profiletemplates')) ?? []
  if (templates.length === 0) throw new UsageError('There is no profile template that you may enroll for.')
  const label = ({ Name, Description }: ProfileTemplateView) =>
    !Description ? Name : `${Name}: ${Description}`
  return await choose(
    'Which profile template?',
    templates,
    label,
    `Give --template NAME.${listed(templates)}`,
  )
}

function listed(templates: readonly ProfileTemplateView[]): string {
  return templates.length === 0 ? '' : ` There are ${templates.map(({ Name }) => `"${Name}"`).join(', ')}.`
}
