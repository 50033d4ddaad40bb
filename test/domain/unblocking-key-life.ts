import { isRefusal } from '../../src/domain/refusal.ts'
import {
  confirmableGeneration,
  confirmedGeneration,
  type GenerationsToTell,
  generationsToTell,
  type KnownGenerations,
} from '../../src/domain/unblocking-key-generation.ts'

export type RequestName = 'A' | 'B' | 'C' | 'D'
/** To die is to do nothing any more, and 'sets unseen' is to die before the card's answer is read. */
const happenings = ['asks', 'sets', 'sets unseen', 'confirms', 'completes', 'cancels'] as const

export interface LifeEvent {
  readonly request: RequestName
  readonly what: (typeof happenings)[number]
}

export const lifeEvents: readonly LifeEvent[] = (['A', 'B', 'C'] as const).flatMap(request =>
  happenings.map(what => ({ request, what })),
)

/** What a program remembers that carries a request out: it may act on an answer long after others went on. */
interface Program {
  readonly answer: GenerationsToTell
  /** What it has seen the card take. */
  readonly hasSet: number | null
}

/** A card, what the server knows of it, and the programs that ask and set, each at its own pace. */
export class CardLife {
  card = 0
  confirmed = 0
  toldTo = new Map<RequestName, number>()
  #programs = new Map<RequestName, Program>()
  #ended = new Set<RequestName>()

  clone(): CardLife {
    const life = new CardLife()
    life.card = this.card
    life.confirmed = this.confirmed
    life.toldTo = new Map(this.toldTo)
    life.#programs = new Map(this.#programs)
    life.#ended = new Set(this.#ended)
    return life
  }

  /** Two lives with the same key go on alike. */
  key(): string {
    const maps = [this.toldTo, this.#programs].map(map =>
      [...map].sort(([left], [right]) => (left < right ? -1 : 1)),
    )
    return JSON.stringify([this.card, this.confirmed, ...maps, [...this.#ended].sort()])
  }

  known(request: RequestName): KnownGenerations {
    const others = [...this.toldTo].filter(([other]) => other !== request)
    return {
      confirmed: this.confirmed,
      ofRequest: this.toldTo.get(request) ?? null,
      highestOfOthers: Math.max(0, ...others.map(([, generation]) => generation)),
    }
  }

  /** False where it cannot happen now. */
  happen({ request, what }: LifeEvent): boolean {
    const program = this.#programs.get(request)
    if (what === 'sets' || what === 'sets unseen') return this.#set(request, program, what === 'sets')
    if (this.#ended.has(request)) return false
    if (what === 'asks') return this.#ask(request)
    if (program === undefined) return false
    const { answer, hasSet } = program
    if (what === 'confirms')
      return hasSet !== null && hasSet === answer.lastTold && this.#confirm(request, hasSet)
    if (what === 'completes') {
      if (hasSet === null || hasSet !== answer.next) return false
      this.confirmed = confirmedGeneration(this.confirmed, hasSet)
    }
    this.#ended.add(request)
    return true
  }

  #ask(request: RequestName): boolean {
    const answer = generationsToTell(this.known(request))
    if (isRefusal(answer)) return true
    this.#programs.set(request, { answer, hasSet: null })
    if (answer.next !== null) this.toldTo.set(request, answer.next)
    return true
  }

  /** A card changes its PUK for who presents the present one, and for nobody else. */
  #set(request: RequestName, program: Program | undefined, isSeen: boolean): boolean {
    if (program === undefined) return false
    const { confirmed, lastTold, next } = program.answer
    const target = next ?? lastTold
    if (target === null) return false
    if (![confirmed, lastTold, next].includes(this.card)) return true
    this.card = target
    if (isSeen) this.#programs.set(request, { ...program, hasSet: target })
    return true
  }

  /** The server takes none but the one that another request was told last. */
  #confirm(request: RequestName, generation: number): boolean {
    if (generation === confirmableGeneration(this.known(request))) this.confirmed = generation
    return true
  }
}
