import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { after, test } from 'node:test'
import { newCertificationRequest } from './certification-request.ts'
import { as, startServer } from './server.ts'

const server = await startServer()
after(() => server[Symbol.asyncDispose]())

const v1 = '/CertificateManagement/api/v1.0'
const template = '97cd65fa-af4b-4587-9309-0dd6bfd8b4e1'
const logonTemplate = '2b7044cf-aa96-4911-b886-177947e9271b'
const cardId = '23CADD5F-020D-4C3B-A5CA-307B7A06F9C9'

async function call(method: 'GET' | 'POST' | 'PUT', path: string, payload?: object, account = 'alice') {
  const url = path.startsWith('/') ? path : `${v1}/${path}`
  const response = await server.app.inject({
    method,
    url,
    headers: as(account),
    ...(payload === undefined ? {} : { payload }),
  })
  assert.ok(response.statusCode < 300, response.body)
  return response.statusCode === 204 ? null : response.json()
}

const newRequest = async (payload: object): Promise<string> =>
  (await call('POST', 'requests', payload)).split('/').at(-1)

/** One card's life, each test going on where the one before ended. */
const datacollection = [{ Name: 'Request Reason', Value: 'Need VPN Certs' }]
const request = await newRequest({ type: 'Enroll', profiletemplateuuid: template, datacollection })
const smartcard: string = (await call('POST', 'smartcards', { requestid: request, cardid: cardId }))
  .split('/')
  .at(-1)
const certificationRequest = newCertificationRequest()

test('answers a certificate request in the form of the published sample', async () => {
  const [answer, ...more] = await call('POST', `requests/${request}/certificatedata`, {
    pfxpassword: '',
    certificaterequests: [certificationRequest.toString('base64').replace(/.{64}/g, '$&\r\n')],
  })
  assert.equal(more.length, 0)
  const { Pkcs7, ...rest } = answer
  assert.equal(
    JSON.stringify(answer),
    JSON.stringify({
      TemplateCommonName: 'VirtualSmartcardVPN',
      CertificateId: 0,
      Flags: 65536,
      UseLocalMachineStore: false,
      Error: null,
      Pkcs7,
      Pfx: null,
      IsExternal: false,
      isServerGenerated: false,
      isPfx: false,
      isPkcs7: true,
      isKeyHistory: false,
    }),
  )
  assert.equal(Object.keys(rest).length, 11)
  assert.match(Pkcs7, /^([A-Za-z0-9+/]{64}\r\n)+([A-Za-z0-9+/]{1,63}={0,2}\r\n)?$/)
  assert.equal(Buffer.from(Pkcs7, 'base64')[0], 0x30)
})

test('answers the same certificate request again with the same certificate', async () => {
  const serials = async () =>
    (await call('GET', 'certificates')).map(({ SerialNumber }: { SerialNumber: string }) => SerialNumber)
  const before = await serials()
  const payload = { certificaterequests: [certificationRequest.toString('base64')] }
  const [answer] = await call('POST', `requests/${request}/certificatedata`, payload)
  assert.equal(answer.isPkcs7, true)
  assert.deepEqual(await serials(), before)
})

test('refuses one certificate request without the others, in its Error', async () => {
  const other = await newRequest({ type: 'Enroll', profiletemplateuuid: template, datacollection })
  await call('POST', 'smartcards', { requestid: other, cardid: crypto.randomUUID() })
  const text = certificationRequest.toString('base64')
  const payload = { certificaterequests: [text, text] }
  const [issued, surplus] = await call('POST', `requests/${other}/certificatedata`, payload)
  assert.equal(issued.Error, null)
  assert.equal(typeof surplus.Error, 'string')
  const { Flags, Pkcs7, isPkcs7 } = surplus
  assert.deepEqual({ Flags, Pkcs7, isPkcs7 }, { Flags: 0, Pkcs7: null, isPkcs7: false })
})

test('completes the request and lists what came of it', async () => {
  const completed = await call('PUT', `requests/${request}`, { status: 'COMPLETED' })
  assert.equal(completed.Status, 8)
  assert.equal(completed.NewSmartcardUuid, smartcard)
  assert.equal((await call('GET', `smartcards/${smartcard}`)).Status, 3)
  assert.deepEqual(await call('GET', `smartcards/${smartcard}/operations`), [
    'renew',
    'unblock',
    'disable',
    'recover',
    'retire',
  ])
  const [held] = await call('GET', `smartcards/${smartcard}/certificates`)
  const [own] = await call('GET', 'certificates')
  const kept = await server.store.reader.listCertificatesOfRequest(request)
  const certificate = new X509Certificate(Buffer.from(kept[0]?.certificate ?? []))
  assert.equal(held.SerialNumber, certificate.serialNumber)
  assert.equal(held.Thumbprint, certificate.fingerprint.replaceAll(':', ''))
  assert.deepEqual(Object.keys(held), Object.keys(own).slice(0, 6))
  assert.deepEqual(Object.keys(own).slice(6), ['NotAfter', 'NotBefore', 'Issuer', 'RequesterName', 'Status'])
  assert.equal(own.RequesterName, 'CONTOSO\\alice')
  assert.equal(`${own.NotAfter}.000Z`, certificate.validToDate.toISOString())
})

test('lists the profiles of the caller and of the request with their operations', async () => {
  const [profile] = await call('GET', 'profiles?status=ACTIVE')
  assert.deepEqual(await call('GET', `profiles/${profile.Uuid}`), profile)
  assert.deepEqual(await call('GET', `requests/${request}/profiles`), [profile])
  assert.deepEqual(await call('GET', `requests/${request}/profiles/${profile.Uuid}`), profile)
  assert.equal(await call('GET', `requests/${request}/profiles/${smartcard}`), null)
  assert.equal(await call('GET', 'profiles?status=Retired'), null)
  assert.deepEqual(profile.ProfileOperations, await call('GET', `profiles/${profile.Uuid}/operations`))
})

test('retires the card by name, as its request says', async () => {
  const retire = await newRequest({ type: 'Retire', smartcard })
  const answer = await call('PUT', `requests/${retire}/smartcards/${smartcard}`, { Status: 'retired' })
  assert.equal(answer.Status, 6)
  assert.equal(answer.SerialNumber, `{${cardId.toLowerCase()}}`)
  assert.equal((await call('PUT', `requests/${retire}`, { status: 'Completed' })).Status, 8)
})

test('lets a manager see everybody and, with targetuser=current, nobody but herself', async () => {
  assert.ok((await call('GET', 'requests', undefined, 'mona')).length >= 3)
  assert.equal(await call('GET', 'requests?targetuser=current', undefined, 'mona'), null)
  const statuses = (await call('GET', 'requests?status=completed')).map(
    ({ Status }: { Status: number }) => Status,
  )
  assert.deepEqual(new Set(statuses), new Set([8]))
})

for (const [body, status] of [
  [{ decision: 'Approve' }, 'approved'],
  [{ Decision: 'approve', comment: 'fine' }, 'approved'],
  [{ decision: 'DENY', comment: 'no' }, 'denied'],
] as const) {
  test(`decides on a pending request: ${JSON.stringify(body)} makes it ${status}`, async () => {
    const pending = await newRequest({ type: 'Enroll', profiletemplateuuid: logonTemplate })
    assert.equal((await call('GET', `requests/${pending}`)).Status, 16)
    const path = `/CertificateManagement/api/v2.0/requests/${pending}/approvals`
    const decided = await call('POST', path, body, 'mona')
    assert.equal(decided.uuid, pending)
    assert.equal(decided.status, status)
    assert.equal(decided.newSmartcardUuid, null)
    const [approval] = await server.store.reader.listApprovals(pending)
    assert.equal(approval?.comment, 'comment' in body ? body.comment : '')
  })
}

test('decides nothing without a decision', async () => {
  const pending = await newRequest({ type: 'Enroll', profiletemplateuuid: logonTemplate })
  for (const payload of [{}, { decision: null }, { decison: 'Deny' }]) {
    const response = await server.app.inject({
      method: 'POST',
      url: `/CertificateManagement/api/v2.0/requests/${pending}/approvals`,
      headers: as('mona'),
      payload,
    })
    assert.equal(response.statusCode, 400, response.body)
    assert.match(response.json().Message, /^decision: /)
  }
  assert.equal((await call('GET', `requests/${pending}`)).Status, 16)
})

test('shows the policy under both names of its questions, and what retiring adds', async () => {
  const enroll = await call('GET', `profiletemplates/${template}/policies/ENROLL`)
  assert.deepEqual(enroll, await call('GET', `profiletemplates/${template}/policy/workflow/enroll`))
  const names = Object.keys(enroll)
  assert.deepEqual(names.slice(0, -1), names.slice(0, -1).toSorted())
  assert.equal(names.at(-1), 'DataCollection')
  assert.deepEqual(enroll.DataCollection, enroll.PolicyDataCollection)
  assert.deepEqual(enroll.DataCollection[0], {
    Name: 'Request Reason',
    Description: 'Why the certificates are needed',
    Role: 'Subscriber',
    Type: 'String',
    Required: true,
    Storage: 'Request',
    Validation: { Type: 'None', Data: '' },
  })
  const [descriptor, ...rest] = enroll.AuthorizedInitiator.split('\u0000')
  assert.match(descriptor, /^D:\(A;;DCSW;;;S-1-5-21-[\d-]+\)$/)
  assert.deepEqual(rest, [''])
  const retire = await call('GET', `profiletemplates/${template}/policies/retire`)
  assert.deepEqual(Object.keys(retire).slice(names.length), [
    'BlockAdminPin',
    'BlockUserPin',
    'ResetAdminPin',
    'ResetUserPin',
    'EraseCard',
    'RevocationSettings',
  ])
  assert.equal(retire.RevocationSettings.Reason, 5)
  const renew = await call('GET', `profiletemplates/${template}/policies/renew`)
  assert.deepEqual(Object.keys(renew).slice(names.length), ['ReuseCard'])
  assert.equal(await call('GET', `profiletemplates/${template}/policies/TemporaryEnroll`), null)
})

test('shows how cards are prepared, and nothing for a software template', async () => {
  const configuration = await call('GET', `profiletemplates/${template}/configuration/smartcards`)
  assert.equal(configuration.DefaultAdminKeyHex, '010203040506070801020304050607080102030405060708')
  assert.equal(configuration.UserPinOption, 1)
  assert.deepEqual(configuration.UserPinPolicy, { MinimumLength: 6, MaximumLength: 127 })
  assert.equal(configuration.IsVirtualSmartcard, true)
  assert.equal(configuration.SmartcardPrintPolicy, null)
  const software = 'profiletemplates/12bd5120-86a2-4ee1-8d05-131066871578/configuration/smartcards'
  assert.equal(await call('GET', software), null)
})
