import { createPrivateKey, type KeyObject } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { encodeBase64Lines } from '../../x509/base64-lines.ts'
import { decodeCertificationRequest } from '../../x509/certification-request.ts'
import { decodePem, encodePem } from '../../x509/pem.ts'
import { X509Error } from '../../x509/x509-error.ts'
import { type ClientDescription, makeCertificationRequest } from '../certification-request.ts'
import type { CertificateOfKey, CertificateTarget } from '../enrollment/issue-certificates-to.ts'
import { EnrollmentError } from '../enrollment-error.ts'
import { generateSoftwareKey, keyPairAlgorithm, softwareEnrollmentKey } from '../enrollment-key.ts'
import { writePrivateFile, writePublicFile } from '../write-file-whole.ts'
import { encodePkcs12 } from './encode-pkcs12.ts'

/** Key and certificate with its chain in PEM files; of several certificates, the second and so on get `-2`, … */
export function pemTarget(
  files: { readonly key: string; readonly certificate: string },
  description: ClientDescription,
): CertificateTarget {
  return {
    async makeRequest(options, index) {
      const file = numbered(files.key, index)
      const privateKey = await loadOrMakeKey(file, options, null)
      const key = softwareEnrollmentKey(privateKey)
      return { keyId: file, certificationRequest: await makeCertificationRequest(key, options, description) }
    },
    async install(certificates) {
      for (const [index, certificate] of certificates.entries()) {
        await writePublicFile(numbered(files.certificate, index), chainOf(certificate))
      }
    },
  }
}

/** All keys and certificates in one PKCS#12 file; until it is there, each key lies beside it under the same password. */
export function pkcs12Target(
  file: string,
  password: string,
  description: ClientDescription,
  randomBytes: (length: number) => Uint8Array,
): CertificateTarget {
  return {
    async makeRequest(options, index) {
      const keyFile = numbered(`${file}.key`, index)
      const privateKey = await loadOrMakeKey(keyFile, options, password)
      const key = softwareEnrollmentKey(privateKey)
      return {
        keyId: keyFile,
        certificationRequest: await makeCertificationRequest(key, options, description),
      }
    },
    async install(certificates) {
      const keys = await Promise.all(certificates.map(({ keyId }) => readKey(keyId, password)))
      // An earlier run had only this left to do.
      if (keys.every(key => key === null) && (await readIfPresent(file)) !== null) return
      const entries = certificates.map(({ keyId, certificate }, index) => {
        const privateKey = keys[index]
        if (privateKey == null) throw lostKey(keyId)
        return { privateKey, certificate: certificate.der, friendlyName: nameOf(file) }
      })
      const authorities = (certificates[0]?.authorities ?? []).map(({ der }) => der)
      await writePrivateFile(file, await encodePkcs12({ entries, authorities, password, randomBytes }))
      for (const { keyId } of certificates) await rm(keyId, { force: true })
    },
  }
}

/** A certificate for a certification request that another program made, whose key this one never sees. */
export function requestFileTarget(files: {
  readonly request: string
  readonly certificate: string
}): CertificateTarget {
  return {
    hasForeignKeys: true,
    async makeRequest(_options, index) {
      if (index > 0) {
        throw new EnrollmentError(
          'unsupported-options',
          'The profile template asks for several certificates, and there is one certification request. Choose another template.',
        )
      }
      const der = readCertificationRequest(files.request, await readFile(files.request))
      return { keyId: files.request, certificationRequest: encodeBase64Lines(der) }
    },
    async install([certificate]) {
      if (certificate !== undefined) await writePublicFile(files.certificate, chainOf(certificate))
    },
  }
}

/** DER, or PEM with the label that OpenSSL or the one that Windows gives it. */
function readCertificationRequest(file: string, content: Buffer): Uint8Array {
  try {
    const blocks = content[0] === 0x30 ? [] : decodePem(content.toString('latin1'))
    const block = blocks.find(({ label }) => /^(?:NEW )?CERTIFICATE REQUEST$/.test(label))
    return decodeCertificationRequest(block?.bytes ?? Uint8Array.from(content)).der
  } catch (error) {
    if (!(error instanceof X509Error)) throw error
    throw new EnrollmentError(
      'unsupported-options',
      `${file} holds no certification request (PKCS#10, in PEM or DER) that can be read: ${error.message}.`,
      { cause: error },
    )
  }
}

/** The key must be in the file before the server hears of it: nobody could use its certificate without. */
async function loadOrMakeKey(
  file: string,
  options: Parameters<typeof keyPairAlgorithm>[0],
  password: string | null,
): Promise<KeyObject> {
  const kept = await readKey(file, password)
  if (kept !== null) return kept
  const { privateKey } = await generateSoftwareKey(keyPairAlgorithm(options))
  const protection = password === null ? {} : { cipher: 'aes-256-cbc', passphrase: password }
  await writePrivateFile(file, privateKey.export({ type: 'pkcs8', format: 'pem', ...protection }))
  return privateKey
}

/** null where there is no such file. */
async function readKey(file: string, password: string | null): Promise<KeyObject | null> {
  const key = await readIfPresent(file)
  if (key === null) return null
  try {
    return createPrivateKey(password === null ? { key } : { key, passphrase: password })
  } catch {
    const opened = password === null ? '' : ', or was made under another password'
    throw new EnrollmentError(
      'unsupported-options',
      `${file} holds no private key${opened}. Give the same password, or cancel with --cancel and remove the file.`,
    )
  }
}

async function readIfPresent(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'latin1')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

function lostKey(file: string): EnrollmentError {
  return new EnrollmentError(
    'unsupported-options',
    `The key ${file}, which the certificate is for, is not there any more. Cancel with --cancel, and enroll anew.`,
  )
}

/** The certificate first, the root last. */
function chainOf({ certificate, authorities }: CertificateOfKey): string {
  return [certificate, ...authorities].map(({ der }) => encodePem('CERTIFICATE', der)).join('')
}

function numbered(file: string, index: number): string {
  if (index === 0) return file
  const { dir, name, ext } = path.parse(file)
  return path.join(dir, `${name}-${index + 1}${ext}`)
}

/**
 * A file, and those beside it that keys or certificates of further generation options would go to. How many there are is known
 * only from the request.
 */
export function withFurtherFiles(file: string): readonly string[] {
  const { dir, name, ext } = path.parse(file)
  const beside = existsSync(dir) ? readdirSync(dir) : []
  const further = beside.filter(
    each =>
      each.startsWith(`${name}-`) &&
      each.endsWith(ext) &&
      /^([2-9]|[1-9]\d+)$/.test(each.slice(name.length + 1, each.length - ext.length)),
  )
  return [file, ...further.map(each => path.join(dir, each))]
}

function nameOf(file: string): string {
  return path.parse(file).name
}
