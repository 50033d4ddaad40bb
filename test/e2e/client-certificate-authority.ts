import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { run } from './command.ts'

/** Files in PEM; what curl and openssl take. */
export interface CertificateFiles {
  readonly certificate: string
  readonly key: string
}

export interface IssueOptions {
  /** Lines of an openssl extension section. */
  readonly extensions?: readonly string[]
  /** YYYYMMDDHHMMSSZ, both. */
  readonly validity?: readonly [from: string, to: string]
  /** What openssl req makes a key by; P-256 where it is left out. */
  readonly newKey?: readonly string[]
}

/** A certification authority that is openssl's from end to end. */
export interface OpensslAuthority extends CertificateFiles {
  readonly folder: string
  issue(commonName: string, options?: IssueOptions): Promise<CertificateFiles>
  /** Marks it as revoked in the books: the next list and the next OCSP response say so. */
  revoke(files: CertificateFiles): Promise<void>
  /** DER, for a day. */
  revocationList(): Promise<Buffer>
  /** Answers as openssl's responder does, which reads the request with openssl's parser. */
  answerOcsp(request: Buffer, signer: CertificateFiles, options?: readonly string[]): Promise<Buffer>
}

const configuration = `
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
rand_serial = yes
crlnumber = crlnumber
default_md = sha256
default_days = 30
default_crl_days = 1
policy = any
unique_subject = no
crl_extensions = list
[any]
commonName = supplied
[list]
authorityKeyIdentifier = keyid
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
`

const p256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** @param parent who certifies it; a root where it is left out */
export async function createOpensslAuthority(
  folder: string,
  commonName: string,
  parent?: { readonly authority: OpensslAuthority; readonly extensions: readonly string[] },
): Promise<OpensslAuthority> {
  await mkdir(folder)
  const file = (name: string) => path.join(folder, name)
  const settings = file('openssl.cnf')
  await writeFile(settings, configuration)
  await writeFile(file('index.txt'), '')
  await writeFile(file('crlnumber'), '01\n')
  const own = { certificate: file('ca.pem'), key: file('ca.key') }
  if (parent === undefined) {
    const root = ['-x509', '-days', '30', '-subj', `/CN=${commonName}`, '-config', settings]
    const made = ['-extensions', 'authority', '-keyout', own.key, '-out', own.certificate]
    await openssl(folder, 'req', ...p256, ...root, ...made)
  } else {
    const authorityLines = [
      'basicConstraints = critical, CA:TRUE',
      'keyUsage = critical, keyCertSign, cRLSign',
    ]
    const extensions = [...authorityLines, 'subjectKeyIdentifier = hash', ...parent.extensions]
    const made = await parent.authority.issue(commonName, { extensions })
    await writeFile(own.certificate, await readFile(made.certificate))
    await writeFile(own.key, await readFile(made.key))
  }
  let issued = 0

  return {
    folder,
    ...own,
    async issue(name, { extensions = ['extendedKeyUsage = clientAuth'], validity, newKey = p256 } = {}) {
      issued += 1
      const request = file(`${issued}.csr`)
      const files = { certificate: file(`${issued}.pem`), key: file(`${issued}.key`) }
      const section = file(`${issued}.cnf`)
      await writeFile(section, ['authorityKeyIdentifier = keyid', ...extensions, ''].join('\n'))
      const subject = ['-subj', `/CN=${name}`, '-config', settings]
      await openssl(folder, 'req', ...newKey, ...subject, '-keyout', files.key, '-out', request)
      const signing = ['-batch', '-notext', '-config', settings, '-extfile', section]
      const dates = validity === undefined ? [] : ['-startdate', validity[0], '-enddate', validity[1]]
      await openssl(folder, 'ca', ...signing, ...dates, '-in', request, '-out', files.certificate)
      return files
    },
    async revoke({ certificate }) {
      await openssl(folder, 'ca', '-config', settings, '-revoke', certificate)
    },
    async revocationList() {
      const pem = file('list.pem')
      await openssl(folder, 'ca', '-config', settings, '-gencrl', '-out', pem)
      await openssl(folder, 'crl', '-in', pem, '-outform', 'DER', '-out', file('list.der'))
      return await readFile(file('list.der'))
    },
    async answerOcsp(request, signer, options = []) {
      await writeFile(file('ocsp-request.der'), request)
      const books = ['-index', 'index.txt', '-CA', own.certificate]
      const signing = ['-rsigner', signer.certificate, '-rkey', signer.key]
      const exchange = ['-reqin', file('ocsp-request.der'), '-respout', file('ocsp-response.der')]
      await openssl(folder, 'ocsp', ...books, ...signing, ...exchange, ...options)
      return await readFile(file('ocsp-response.der'))
    },
  }
}

/** The certificate of a TLS server on loopback, which vouches for itself. */
export async function createServerCertificate(folder: string): Promise<CertificateFiles> {
  const files = { certificate: path.join(folder, 'server.pem'), key: path.join(folder, 'server.key') }
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '30']
  await openssl(folder, 'req', ...p256, '-x509', ...names, '-keyout', files.key, '-out', files.certificate)
  return files
}

/** The extension section's lines for [MS-WCCE] 2.2.2.7.7.4. */
export function sidExtension(sid: string): string[] {
  return ['1.3.6.1.4.1.311.25.2 = ASN1:SEQUENCE:sid_names', ...sidSections(sid)]
}

/** Sections stand at the end of a file: give this last. */
function sidSections(sid: string): string[] {
  return [
    '[sid_names]',
    'name = IMPLICIT:0,SEQUENCE:sid_name',
    '[sid_name]',
    'type = OID:1.3.6.1.4.1.311.25.2.1',
    `value = EXPLICIT:0,OCTETSTRING:${sid}`,
  ]
}

async function openssl(folder: string, ...args: readonly string[]): Promise<void> {
  // Paths in the configuration are relative to where openssl runs.
  const result = await run('env', '-C', folder, 'openssl', ...args)
  assert.equal(result.code, 0, `openssl ${args[0]}: ${result.stderr}`)
}
