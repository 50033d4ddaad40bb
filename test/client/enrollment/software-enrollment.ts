import { makeCertificationRequest } from '../../../src/client/certification-request.ts'
import type { EnrollmentRun } from '../../../src/client/enrollment/enrollment-run.ts'
import { fillProfile } from '../../../src/client/enrollment/fill-profile.ts'
import type {
  CertificateOfKey,
  CertificateTarget,
} from '../../../src/client/enrollment/issue-certificates-to.ts'
import {
  generateSoftwareKey,
  keyPairAlgorithm,
  type SoftwareEnrollmentKey,
} from '../../../src/client/enrollment-key.ts'
import type { CardinalClient } from '../../../src/client/library/create-cardinal-client.ts'
import { encodePem } from '../../../src/x509/pem.ts'
import { description } from '../contract-client.ts'
import { newKeeper, noWords, runOf, softwareTemplate } from './enrollment-bench.ts'

/** Keys in this process's memory, by the names that their certificates give. */
export interface TargetInMemory extends CertificateTarget {
  readonly keys: ReadonlyMap<string, SoftwareEnrollmentKey>
}

export interface SoftwareEnrollment {
  readonly requestUuid: string
  readonly profileUuid: string
  readonly certificatePem: string
  readonly privateKeyPem: string
  /** The certificate first, the root last. */
  readonly chain: readonly string[]
}

export function targetInMemory(): TargetInMemory {
  const keys = new Map<string, SoftwareEnrollmentKey>()
  return {
    keys,
    async makeRequest(options, index) {
      const keyId = String(index)
      const key = await generateSoftwareKey(keyPairAlgorithm(options))
      keys.set(keyId, key)
      return { keyId, certificationRequest: await makeCertificationRequest(key, options, description) }
    },
    install: async () => undefined,
  }
}

/** Enrolls for the demo organisation's template without smart card. */
export async function enrollSoftwareProfile(client: CardinalClient): Promise<SoftwareEnrollment> {
  return await fillProfileInMemory(
    runOf(client, newKeeper('Enroll', { profiletemplateuuid: softwareTemplate })),
  )
}

/** Carries out a request that issues one certificate to a software profile. */
export async function fillProfileInMemory(run: EnrollmentRun): Promise<SoftwareEnrollment> {
  const target = targetInMemory()
  const { request, certificates } = await fillProfile(run, target, noWords)
  const [issued, ...others] = certificates
  const key = target.keys.get(issued?.keyId ?? '')
  if (issued === undefined || key === undefined || others.length > 0) {
    throw new Error(`${certificates.length} certificates were issued.`)
  }
  const chain = chainOf(issued)
  return {
    requestUuid: request.Uuid,
    profileUuid: request.NewProfileUuid,
    certificatePem: chain[0] ?? '',
    privateKeyPem: key.exportPrivateKey(),
    chain,
  }
}

/** PEM; the certificate first, the root last. */
export function chainOf({ certificate, authorities }: CertificateOfKey): string[] {
  return [certificate, ...authorities].map(({ der }) => encodePem('CERTIFICATE', der))
}
