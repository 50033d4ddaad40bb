import { cardErrorOf } from './pcsc-error.ts'
import { noteUnanswered } from './unanswered-calls.ts'

/** @param timeLimit milliseconds @throws CardError 'card-timeout', and what the call throws */
export async function withinTime<Result>(call: Promise<Result>, timeLimit: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const outOfTime = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      noteUnanswered(call)
      reject(cardErrorOf('card-timeout'))
    }, timeLimit)
  })
  try {
    return await Promise.race([call, outOfTime])
  } finally {
    clearTimeout(timer)
  }
}
