import { type Refusal, refuse } from './refusal.ts'

export type DataCollectionRole = 'subscriber' | 'certificate-manager'
export type DataCollectionType = 'string' | 'number' | 'date'

/** One question that a policy asks. */
export interface DataCollectionItem {
  readonly name: string
  readonly description: string
  readonly role: DataCollectionRole
  readonly type: DataCollectionType
  readonly required: boolean
  readonly storage: string
  readonly validation: { readonly type: 'none' | 'regular-expression'; readonly data: string }
}

/** One question with its answer; null while unanswered. */
export interface DataCollectionAnswer {
  readonly name: string
  readonly value: string | null
  readonly role: DataCollectionRole
}

/** Longer answers are refused. */
export const longestAnswer = 4096

/**
 * Matches answers with the questions of a policy, in the policy's order, names compared without regard to case.
 * Unanswered optional questions stand with null.
 */
export function collectData(
  items: readonly DataCollectionItem[],
  answers: readonly { readonly name: string; readonly value: string | null }[],
): DataCollectionAnswer[] | Refusal {
  const byName = new Map<string, string | null>()
  for (const answer of answers) {
    const name = answer.name.trim().toLowerCase()
    if (byName.has(name)) return invalid(`"${answer.name}" is answered twice.`)
    byName.set(name, answer.value === '' ? null : answer.value)
  }
  const collected: DataCollectionAnswer[] = []
  for (const item of items) {
    const key = item.name.trim().toLowerCase()
    const value = byName.get(key) ?? null
    byName.delete(key)
    if (value === null && item.required && item.role === 'subscriber') {
      return invalid(`"${item.name}" is required.`)
    }
    const fault = value === null ? null : findFault(item, value)
    if (fault !== null) return invalid(`"${item.name}" ${fault}.`)
    collected.push({ name: item.name, value, role: item.role })
  }
  const unknown = [...byName.keys()][0]
  if (unknown !== undefined) {
    const known = items.map(item => `"${item.name}"`).join(', ') || 'nothing'
    return invalid(`"${unknown}" is not asked for by the policy, which asks for ${known}.`)
  }
  return collected
}

/** Contract §3, DataCollectionFlags: which sides have nothing left to answer. */
export function dataCollectionProgress(answers: readonly DataCollectionAnswer[]): {
  subscriberProvided: boolean
  certificateManagerProvided: boolean
} {
  const subscriber = answers.filter(answer => answer.role === 'subscriber')
  return {
    subscriberProvided: subscriber.length > 0 && subscriber.every(answer => answer.value !== null),
    certificateManagerProvided: answers.every(
      answer => answer.role !== 'certificate-manager' || answer.value !== null,
    ),
  }
}

function invalid(message: string): Refusal {
  return refuse('InvalidParameter', `datacollection: ${message}`)
}

function findFault(item: DataCollectionItem, value: string): string | null {
  if (value.length > longestAnswer) return `is longer than ${longestAnswer} characters`
  if (item.type === 'number' && !/^[+-]?\d+(\.\d+)?$/.test(value.trim())) return 'must be a number'
  if (item.type === 'date' && Number.isNaN(Date.parse(value))) return 'must be a date'
  if (item.validation.type === 'regular-expression' && !new RegExp(item.validation.data, 'u').test(value)) {
    return 'does not have the form that the policy asks for'
  }
  return null
}
