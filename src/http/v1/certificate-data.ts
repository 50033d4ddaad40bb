import { Type } from 'typebox'
import { issueCertificates } from '../../workflows/certificates/issue-certificates.ts'
import type { Environment } from '../../workflows/environment.ts'
import { type Api, callerOf } from '../api.ts'
import { optionalString } from '../schemas.ts'
import { parseBase64 } from './base64.ts'
import { certificateResponseSchema, certificateResponseView } from './certificate-response-view.ts'
import { parseIdentifier } from './identifier.ts'
import { parseText } from './text.ts'

/** More than any profile template has certificates; each costs work and an answer. */
const mostCertificateRequests = 64

export function addCertificateDataRoutes(api: Api, environment: Environment): void {
  api.post(
    '/requests/:requestid/certificatedata',
    {
      config: { access: 'request' },
      schema: {
        tags: ['CertificateData'],
        summary: 'Send certificate requests (PKCS#10 in base64) and get the certificates',
        params: Type.Object({ requestid: Type.String() }),
        body: Type.Object({
          pfxpassword: optionalString,
          certificaterequests: Type.Array(Type.String(), { maxItems: mostCertificateRequests }),
          comments: optionalString,
        }),
        response: { 200: Type.Array(certificateResponseSchema) },
      },
    },
    async request => {
      const { certificaterequests, pfxpassword, comments } = request.body
      const uuid = parseIdentifier(request.params.requestid, 'requestid')
      const certificates = await issueCertificates(environment, callerOf(request), uuid, {
        certificationRequests: certificaterequests.map((text, index) =>
          parseBase64(text, `certificaterequests[${index}]`),
        ),
        pfxPassword: parseText(pfxpassword, 'pfxpassword'),
        comments: parseText(comments, 'comments'),
      })
      return certificates.map(certificateResponseView)
    },
  )
}
