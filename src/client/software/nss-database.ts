import { createHash } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import type { KeyPairAlgorithm } from '../../card/smart-card.ts'
import { type Certificate, decodeCertificate } from '../../x509/certificate.ts'
import { DerReader } from '../../x509/der/der-reader.ts'
import type { SubjectPublicKeyInfo } from '../../x509/public-key.ts'
import { X509Error } from '../../x509/x509-error.ts'
import type { NoteProgram } from '../enrollment/journal.ts'
import { EnrollmentError } from '../enrollment-error.ts'
import { printableText } from '../printable-text.ts'
import { type Environment, type ProgramResult, runProgram } from './run-program.ts'

export interface NssDatabaseOptions {
  readonly directory: string
  readonly environment: Environment
  /** Asked for where the database has a password. */
  readonly askPassword: () => Promise<string>
  /** Writes down a program that changes the database, before it does. */
  readonly noteProgram: NoteProgram
  readonly randomBytes: (length: number) => Uint8Array
}

export interface NssKey {
  /** CKA_ID, in hexadecimal digits. */
  readonly id: string
  readonly type: 'RSA' | 'EC' | 'other'
  readonly hasCertificate: boolean
}

const curveNames = { 'P-256': 'nistp256', 'P-384': 'nistp384' } as const
/** What NSS mixes into its own random numbers, which it has from the operating system in any case. */
const noiseLength = 64
const longestWords = 300

/**
 * NSS reads password and input from what it can open by name, which a socket is not; what Node gives a child is one. The
 * shell makes pipes of them: the password becomes descriptor 5, the input is the standard input.
 */
const withPipes = 'cat <&3 | { cat <&4 | certutil "$@"; } 5<&0'

/** The name of the subject of its requests, which name nobody: the server does. */
const requestSubject = 'CN=Cardinal'

/** No database in NSS's present form is there. @throws EnrollmentError target-unusable */
export function requireNssDatabase(directory: string): void {
  const has = (name: string) => existsSync(path.join(directory, name))
  if (has('cert9.db') && has('key4.db')) return
  const quoted = `sql:${directory}`
  if (has('cert8.db') || has('key3.db')) {
    throw unusable(
      `${directory} is an NSS database of the old form (dbm), which today's programs do not read. Convert it: ` +
        `certutil -K -X -d ${quoted}`,
    )
  }
  const isFolder = statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true
  throw unusable(
    `${isFolder ? `There is no NSS database in ${directory}` : `There is no folder ${directory}`}. Make one: ` +
      `${isFolder ? '' : `mkdir -p ${directory} && `}certutil -N -d ${quoted}. Firefox and Thunderbird have theirs in the profile's folder.`,
  )
}

/** The CKA_ID that NSS gives a key: SHA-1 of the modulus or of the point, as PKCS #11 proposes. */
export function nssKeyId(publicKey: SubjectPublicKeyInfo): string {
  const value = publicKey.algorithm === 'RSA' ? publicKey.modulus : publicKey.subjectPublicKey
  return createHash('sha1').update(value).digest('hex')
}

/**
 * Keys and certificates in an NSS database (`cert9.db`, `key4.db`), which libnss3-tools' certutil opens. Private keys are
 * made there and never leave it.
 *
 * Throws EnrollmentError target-unusable.
 */
export class NssDatabase {
  readonly directory: string
  readonly #options: NssDatabaseOptions
  #password: string | null = null

  constructor(options: NssDatabaseOptions) {
    this.directory = options.directory
    this.#options = options
  }

  /** Asks for the password, where there is one, and tries it. */
  async open(): Promise<void> {
    await this.listKeys()
  }

  async listKeys(): Promise<readonly NssKey[]> {
    // It ends with an error code where there are no keys.
    const { output } = await this.#call(['-K'], { mayFail: true })
    return parseKeyList(output.toString('utf8'))
  }

  /** A new key pair, and a certification request that it signed. @returns PKCS#10 in DER */
  async requestForNewKey(algorithm: KeyPairAlgorithm): Promise<Uint8Array> {
    const key =
      algorithm.algorithm === 'RSA'
        ? ['-k', 'rsa', '-g', String(algorithm.keySize)]
        : ['-k', 'ec', '-q', curveNames[algorithm.curve]]
    return await this.#request([...key, '-z', '/dev/stdin'])
  }

  /** Which the certificates with this nickname share, in DER. */
  async subjectOf(nickname: string): Promise<'none' | 'unreadable' | Uint8Array> {
    const output = await this.#certificates(nickname)
    if (output.length === 0) return 'none'
    try {
      return decodeCertificate(new DerReader(output).any()).subject
    } catch (error) {
      if (error instanceof X509Error) return 'unreadable'
      throw error
    }
  }

  async hasCertificate({ der, subjectPublicKeyInfo }: Certificate): Promise<boolean> {
    // By the key, whatever nickname it has (RFC 7512).
    const id = nssKeyId(subjectPublicKeyInfo).replaceAll(/../g, '%$&')
    return Buffer.from(await this.#certificates(`pkcs11:id=${id}`)).includes(Buffer.from(der))
  }

  /**
   * Without trust. It must not be there: NSS would take from it the trust that somebody gave it.
   *
   * @param certificate in DER
   */
  async addCertificate(nickname: string, certificate: Uint8Array): Promise<void> {
    await this.#call(['-A', '-n', nickname, '-t', ',,'], { changes: true, input: certificate })
  }

  /** The key and its certificates. */
  async deleteKey(id: string): Promise<void> {
    await this.#call(['-F', '-k', id], { changes: true })
  }

  /** In DER, one behind the other: all that have the subject of the one that is called so. */
  async #certificates(name: string): Promise<Uint8Array> {
    const { output } = await this.#call(['-L', '-n', name, '-r'], { mayFail: true })
    return Uint8Array.from(output)
  }

  async #request(args: readonly string[]): Promise<Uint8Array> {
    const noise = this.#options.randomBytes(noiseLength)
    const { output } = await this.#call(['-R', '-s', requestSubject, '-Z', 'SHA256', ...args], {
      changes: true,
      input: noise,
    })
    return Uint8Array.from(output)
  }

  async #call(
    args: readonly string[],
    {
      changes = false,
      input = new Uint8Array(),
      mayFail = false,
    }: { readonly changes?: boolean; readonly input?: Uint8Array; readonly mayFail?: boolean } = {},
  ): Promise<ProgramResult> {
    this.#password ??= (await this.#needsPassword()) ? await this.#options.askPassword() : ''
    const result = await this.#run(args, this.#password, input, changes)
    if (isPasswordRefused(result)) {
      throw unusable(
        `The password of the NSS database ${this.directory} is wrong. Nothing was changed there.`,
      )
    }
    if (result.code === 0 || mayFail) return result
    throw unusable(`The NSS database ${this.directory} refused (${words(result.said)}).`)
  }

  async #needsPassword(): Promise<boolean> {
    return isPasswordRefused(await this.#run(['-K'], '', new Uint8Array()))
  }

  async #run(
    args: readonly string[],
    password: string,
    input: Uint8Array,
    changes = false,
  ): Promise<ProgramResult> {
    const { environment, noteProgram } = this.#options
    const place = ['-d', `sql:${this.directory}`, '-f', '/dev/fd/5']
    return await runProgram({
      program: 'sh',
      args: ['-c', withPipes, 'certutil', ...args, ...place],
      environment: { ...environment, LC_ALL: 'C.UTF-8' },
      inputs: [new Uint8Array(), Buffer.from(`${password}\n`), input],
      noteProcess: changes ? process => noteProgram({ name: 'certutil', ...process }) : undefined,
      whereMissing:
        "NSS's certutil is not installed. It is in Debian's package libnss3-tools (apt install libnss3-tools).",
    })
  }
}

/** What `certutil -K` prints of keys. */
export function parseKeyList(text: string): readonly NssKey[] {
  return text.split('\n').flatMap(line => {
    const [, type = '', id = '', name = ''] = /^<\s*\d+>\s+(\w+)\s+([0-9a-f]+)\s+(.*)$/.exec(line) ?? []
    if (id === '') return []
    const kind = type === 'rsa' ? 'RSA' : type === 'ec' ? 'EC' : 'other'
    return [{ id, type: kind, hasCertificate: name !== '(orphan)' } as const]
  })
}

function isPasswordRefused({ said }: ProgramResult): boolean {
  return /SEC_ERROR_BAD_PASSWORD|password file contains no data/.test(said)
}

function words(said: string): string {
  const lines = said.split('\n').filter(line => line.startsWith('certutil:'))
  return printableText(lines.at(0) ?? said.trim(), longestWords)
}

function unusable(sentence: string): EnrollmentError {
  return new EnrollmentError('target-unusable', sentence)
}
