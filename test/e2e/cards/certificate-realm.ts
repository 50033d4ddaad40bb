import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type KeyDistributionCenter,
  loopbackDefaults,
  startKeyDistributionCenter,
} from '../../testbed/kerberos/key-distribution-center.ts'
import { run } from '../command.ts'

/** A realm of MIT Kerberos whose users sign in by certificate (RFC 4556). */
export interface CertificateRealm extends AsyncDisposable {
  /** KRB5_CONFIG of its clients. */
  readonly clientConfiguration: string
  readonly center: KeyDistributionCenter
}

export interface CertificateRealmOptions {
  /** MIT compares the user principal name's domain with it, case and all. */
  readonly realm: string
  readonly user: string
  /** PEM files of those who certify the users. */
  readonly root: string
  readonly issuingAuthority: string
  /** Whom the KDC trusts instead of that root. */
  readonly trustedRoot?: string
}

export async function startCertificateRealm(options: CertificateRealmOptions): Promise<CertificateRealm> {
  const { realm, user, root, issuingAuthority } = options
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-kdc-'))
  const file = (name: string) => join(folder, name)
  await certifyCenter(folder, realm)
  const libraryDefaults = loopbackDefaults(realm)
  const center = await startKeyDistributionCenter({
    folder,
    realm,
    libraryDefaults,
    realmSettings: [
      `pkinit_identity = FILE:${file('kdc.pem')},${file('kdc.key')}`,
      `pkinit_anchors = FILE:${file('center-ca.pem')}`,
      `pkinit_anchors = FILE:${options.trustedRoot ?? root}`,
      `pkinit_pool = FILE:${issuingAuthority}`,
      'pkinit_eku_checking = scLogin',
      'pkinit_allow_upn = true',
    ],
  })
  await center.administer(`add_principal -nokey +requires_preauth ${user}@${realm}`)
  await writeFile(
    file('client.conf'),
    `[libdefaults]
${libraryDefaults.join('\n')}
[realms]
${realm} = {
  kdc = ${center.address}
  pkinit_anchors = FILE:${file('center-ca.pem')}
  pkinit_anchors = FILE:${root}
  pkinit_pool = FILE:${issuingAuthority}
}
`,
  )
  return {
    clientConfiguration: file('client.conf'),
    center,
    [Symbol.asyncDispose]: () => center[Symbol.asyncDispose](),
  }
}

/** RFC 4556 §3.2.4: the extended key usage of a KDC, and its principal in the subject's alternative names. */
async function certifyCenter(folder: string, realm: string): Promise<void> {
  const file = (name: string) => join(folder, name)
  const newKey = ['-newkey', 'rsa:2048', '-nodes']
  const authority = ['-keyout', file('center-ca.key'), '-out', file('center-ca.pem')]
  await succeed('openssl', 'req', '-x509', ...newKey, '-subj', '/CN=Center CA', '-days', '2', ...authority)
  await writeFile(
    file('kdc.cnf'),
    `extendedKeyUsage = 1.3.6.1.5.2.3.5
keyUsage = digitalSignature, keyEncipherment
subjectAltName = otherName:1.3.6.1.5.2.2;SEQUENCE:principal
[principal]
realm = EXP:0, GeneralString:${realm}
name = EXP:1, SEQUENCE:name
[name]
type = EXP:0, INTEGER:2
parts = EXP:1, SEQUENCE:parts
[parts]
service = GeneralString:krbtgt
realm = GeneralString:${realm}
`,
  )
  const request = ['-keyout', file('kdc.key'), '-out', file('kdc.csr')]
  await succeed('openssl', 'req', ...newKey, '-subj', '/CN=kdc', ...request)
  const signer = [
    '-CA',
    file('center-ca.pem'),
    '-CAkey',
    file('center-ca.key'),
    '-CAcreateserial',
    '-days',
    '2',
  ]
  const result = ['-extfile', file('kdc.cnf'), '-in', file('kdc.csr'), '-out', file('kdc.pem')]
  await succeed('openssl', 'x509', '-req', ...signer, ...result)
}

async function succeed(program: string, ...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await run(program, ...args)
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`)
}
