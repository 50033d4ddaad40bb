import { CardinalApiError } from './cardinal-api-error.ts'

/** @param fault what is wrong with the answer, as half a sentence that repeats nothing of it: it may hold a secret */
export function unusableAnswer(
  facts: { readonly method: string; readonly url: string; readonly status: number },
  fault: string,
): CardinalApiError {
  return new CardinalApiError(
    'unusable-answer',
    `${facts.method} ${facts.url} answered ${facts.status}, but ${fault}. The server speaks another version of the API.`,
    facts,
  )
}
