import type { Person } from './people.ts'

/**
 * The status that each gets, and the error code where it is an error, by the role that they have. It is what the use
 * case decides, of somebody who is signed in and whose call may reach it at all; for the rest see rules.ts.
 */
export type Outcomes = Readonly<Record<Person, string>>

export const notPermitted = '403 NotPermitted'

export function everyUser(outcome: string): Outcomes {
  return {
    administrator: outcome,
    manager: outcome,
    'help-desk': outcome,
    'enrollment-agent': outcome,
    auditor: outcome,
    subscriber: outcome,
    'no role': outcome,
  }
}

/** These get the outcome, and the others are not permitted. */
export function only(persons: readonly Person[], outcome: string): Outcomes {
  return { ...everyUser(notPermitted), ...Object.fromEntries(persons.map(person => [person, outcome])) }
}

/** Those whose work is to look at what belongs to others. */
export const overseers = (outcome: string) => only(['manager', 'administrator', 'auditor'], outcome)

/** What only its owner may do, whatever the roles. */
export const ownersAlone = (outcome: string) => ({ own: everyUser(outcome), others: everyUser(notPermitted) })

/** What belongs to somebody, to be looked at. */
export const ownersAndOverseers = (outcome: string) => ({
  own: everyUser(outcome),
  others: overseers(outcome),
})

/** Sessions and API tokens: nobody else's work is to look at those. */
export const ownersAndAdministrators = (outcome: string) => ({
  own: everyUser(outcome),
  others: only(['administrator'], outcome),
})
