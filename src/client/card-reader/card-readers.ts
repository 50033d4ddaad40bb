import type { CardConnection } from '../../card/card-connection.ts'

export interface CardReader {
  /** As the system calls it; names its reader as long as it is plugged in. */
  readonly name: string
  readonly hasCard: boolean
}

export interface ConnectOptions {
  /** Milliseconds that a command may take, 30,000 by default; the generation of a key pair may take six times as long. */
  readonly timeLimit?: number
  /** Milliseconds to wait for another program to let go of the card, 2,000 by default. */
  readonly patience?: number
}

/** The card readers of this computer. */
export interface CardReaders {
  /** @throws CardError 'card-service-unavailable' */
  list(): Promise<readonly CardReader[]>

  /**
   * Takes a card for this program alone, until it disconnects: no other program can get in between two commands. That is more
   * than a transaction of PC/SC, which Windows ends by a reset when it rests for five seconds.
   *
   * @throws CardError 'no-such-reader', 'no-card', 'reader-busy', 'card-failure', 'card-service-unavailable'
   */
  connect(readerName: string, options?: ConnectOptions): Promise<CardConnection>

  /**
   * Resolves when a card is put into a reader or taken out, or a reader comes or goes, and after the time in any case.
   *
   * @param timeLimit milliseconds
   * @throws CardError 'card-service-unavailable'
   */
  waitForChange(known: readonly CardReader[], timeLimit: number): Promise<void>
}
