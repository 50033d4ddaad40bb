import type { CardPersonality } from '../../src/card/virtual/card-personality.ts'

/**
 * The fewest command APDUs by which a card that its maker delivered becomes an employee's, with one RSA-2048 key. A host
 * that knows beforehand what it will find reads nothing but the card id. Counted are short APDUs, as every reader takes
 * them: a command of more than 255 bytes is as many as its chain has links, an answer of more than 256 bytes costs a GET
 * RESPONSE for each 256 bytes more (ISO/IEC 7816-4 §5.3).
 */
export function leastCommands(personality: CardPersonality, certificateLength: number): number {
  const steps = personality === 'GIDS' ? gidsSteps(certificateLength) : pivSteps(certificateLength)
  return steps.reduce((sum, [, commands]) => sum + commands, 0)
}

type Step = readonly [what: string, commands: number]

/** RSASSA-PKCS1-v1_5 over a digest that the host has made. A key of 2048 bits comes out in 270 bytes. */
const keyAnswers = 2
/** Tag and length of a data object, and of the certificate in it. */
const wrapping = 9

function gidsSteps(certificateLength: number): readonly Step[] {
  return [
    ['SELECT the application', 1],
    ['the first PIN', 1],
    ['create and activate six data files and the admin key’s', 14],
    ['put the admin key', 1],
    ['write cardapps, cardcf, cmapfile, cardid and the master file', 5],
    ['select and activate the application', 2],
    ['authenticate the administrator: MSE, challenge, response', 3],
    ['put the diversified admin key', 1],
    ['set the PIN', 1],
    ['verify the PIN', 1],
    ['create and activate the key’s file', 2],
    ['generate the key pair', keyAnswers],
    ['sign the request: MSE, PSO', 2],
    ['write the certificate, the container map, the master file and cardcf', linksFor(certificateLength) + 3],
  ]
}

function pivSteps(certificateLength: number): readonly Step[] {
  return [
    ['SELECT the application', 1],
    ['read the serial number', 1],
    ['authenticate the administrator: challenge, response', 2],
    ['write CHUID and CCC', 2],
    ['set the management key', 1],
    ['change the PUK, and by it the PIN', 2],
    ['verify the PIN', 1],
    ['generate the key pair', keyAnswers],
    ['sign the request: 266 bytes go in, 264 come out', 3],
    ['write the certificate', linksFor(certificateLength)],
  ]
}

function linksFor(certificateLength: number): number {
  return Math.ceil((certificateLength + wrapping) / 255)
}
