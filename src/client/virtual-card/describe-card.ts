import type { CardConnection } from '../../card/card-connection.ts'
import { CardError, type CardErrorCode } from '../../card/card-error.ts'
import type { GidsSmartCard } from '../../card/gids/host/gids-card.ts'
import { openGidsCard } from '../../card/gids/host/open-gids-card.ts'
import { openPivCard } from '../../card/piv/host/open-piv-card.ts'
import type { PivCard } from '../../card/piv/host/piv-card.ts'
import type { KeyPairAlgorithm, SmartCard } from '../../card/smart-card.ts'
import { decodeCertificate } from '../../x509/certificate.ts'
import { formatName } from '../../x509/names/distinguished-name.ts'
import { X509Error } from '../../x509/x509-error.ts'

export interface DescribedCertificate {
  /** RFC 4514 */
  readonly subject: string
  readonly issuer: string
  /** Hexadecimal digits. */
  readonly serialNumber: string
  readonly notBefore: Date
  readonly notAfter: Date
}

export interface DescribedKey {
  readonly keyId: string
  readonly algorithm: string
  /** Null where the key has none, or one that cannot be read. */
  readonly certificate: DescribedCertificate | null
}

/** What anybody may know of a card in a reader. */
export interface CardDescription {
  /** Null where it has none that is known here. */
  readonly application: 'GIDS' | 'PIV' | null
  readonly answerToReset: string
  /** Null where nobody has given it one yet. */
  readonly cardId: string | null
  readonly serialNumber: number | null
  /** Null where the card does not say, or has no PIN yet. */
  readonly pinTriesLeft: number | null
  /** Of a PIV card. */
  readonly pukTriesLeft: number | null
  readonly managementKeyType: string | null
  readonly keys: readonly DescribedKey[]
}

const nothing = {
  application: null,
  cardId: null,
  serialNumber: null,
  pinTriesLeft: null,
  pukTriesLeft: null,
  managementKeyType: null,
  keys: [],
} as const

/**
 * Reads what is on a card without a secret, and so without a try. The connection stays.
 *
 * @throws CardError as the drivers
 */
export async function describeCard(
  connection: CardConnection,
  randomBytes: (length: number) => Uint8Array,
): Promise<CardDescription> {
  const { answerToReset } = connection
  const gids = await unless('no-such-application', openGidsCard(connection, { randomBytes }))
  if (gids !== null) return { ...nothing, application: 'GIDS', answerToReset, ...(await describeGids(gids)) }
  const piv = await unless('no-such-application', openPivCard(connection, { randomBytes }))
  if (piv !== null) return { ...nothing, application: 'PIV', answerToReset, ...(await describePiv(piv)) }
  return { ...nothing, answerToReset }
}

async function describeGids(card: GidsSmartCard): Promise<Partial<CardDescription>> {
  if (!(await card.isInitialized())) return {}
  return {
    cardId: await card.readCardId(),
    pinTriesLeft: (await card.readPinTries())?.left ?? null,
    keys: await describeKeys(card),
  }
}

async function describePiv(card: PivCard): Promise<Partial<CardDescription>> {
  return {
    cardId: await unless('not-initialized', card.readCardId()),
    serialNumber: (await card.readSerialNumber()) ?? null,
    pinTriesLeft: (await card.readPinTries()) ?? null,
    pukTriesLeft: (await card.readPukTries()) ?? null,
    managementKeyType: await card.readManagementKeyType(),
    keys: await describeKeys(card),
  }
}

async function describeKeys(card: Pick<SmartCard, 'listKeys' | 'readCertificate'>): Promise<DescribedKey[]> {
  const described: DescribedKey[] = []
  for (const { keyId, algorithm, hasCertificate } of await card.listKeys()) {
    const der = hasCertificate ? await unless('invalid-certificate', card.readCertificate(keyId)) : null
    described.push({ keyId, algorithm: nameOf(algorithm), certificate: der && describeCertificate(der) })
  }
  return described
}

function nameOf(algorithm: KeyPairAlgorithm): string {
  return algorithm.algorithm === 'RSA' ? `RSA ${algorithm.keySize}` : `EC ${algorithm.curve}`
}

function describeCertificate(der: Uint8Array): DescribedCertificate | null {
  try {
    const { subjectName, issuerName, serialNumberHex, notBefore, notAfter } = decodeCertificate(der)
    return {
      subject: formatName(subjectName),
      issuer: formatName(issuerName),
      serialNumber: serialNumberHex,
      notBefore,
      notAfter,
    }
  } catch (error) {
    if (error instanceof X509Error) return null
    throw error
  }
}

async function unless<Result>(code: CardErrorCode, reading: Promise<Result>): Promise<Result | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof CardError && error.code === code) return null
    throw error
  }
}
