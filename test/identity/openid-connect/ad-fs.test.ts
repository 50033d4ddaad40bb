import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { after, describe, test } from 'node:test'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { startDocumentServer } from '../../testbed/document-server.ts'
import { alice } from '../alice.ts'
import { setUpBrowserSignIn } from './browser.ts'
import { isRefused, setUpAccessTokens } from './set-up.ts'

/*
 * Documents and tokens of the shape that AD FS of Windows Server 2016 and later publishes. Sources: Microsoft,
 * "Single log-out for OpenID Connect with AD FS" (an example of the discovery document; post_logout_redirect_uri and
 * id_token_hint); [MS-OIDCE] §2.2.3.2 (access_token_issuer); [MS-OAPX] §2.2.2 (resource). The document of AD FS names
 * no code_challenge_methods_supported, though it takes PKCE from Windows Server 2019 on.
 */
const thumbprint = 'Zk1Yz2Qm0n3xP7aT5LJ8wq4rV6s'
const keyId = 'Zk1Yz2Qm0n3xP7aT5LJ8wq4rV6s'
const api = 'urn:contoso:cardinal'
const clientId = '8f3c2d1e-5b7a-4c9d-8e6f-1a2b3c4d5e6f'

const { privateKey, publicKey } = await generateKeyPair('RS256')
const jwk = await exportJWK(publicKey)

const server = await startDocumentServer(url => ({
  '/adfs/.well-known/openid-configuration': {
    issuer: `${url}/adfs`,
    authorization_endpoint: `${url}/adfs/oauth2/authorize/`,
    token_endpoint: `${url}/adfs/oauth2/token/`,
    jwks_uri: `${url}/adfs/discovery/keys`,
    token_endpoint_auth_methods_supported: [
      'client_secret_post',
      'client_secret_basic',
      'private_key_jwt',
      'windows_client_authentication',
    ],
    response_types_supported: [
      'code',
      'id_token',
      'code id_token',
      'id_token token',
      'code token',
      'code id_token token',
    ],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    scopes_supported: [
      'allatclaims',
      'email',
      'user_impersonation',
      'logon_cert',
      'aza',
      'profile',
      'vpn_cert',
      'winhello_cert',
      'openid',
    ],
    id_token_signing_alg_values_supported: ['RS256'],
    access_token_issuer: `${url}/adfs/services/trust`,
    claims_supported: [
      'aud',
      'iss',
      'iat',
      'exp',
      'auth_time',
      'nonce',
      'at_hash',
      'c_hash',
      'sub',
      'upn',
      'unique_name',
      'pwd_url',
      'pwd_exp',
      'sid',
    ],
    microsoft_multi_refresh_token: true,
    userinfo_endpoint: `${url}/adfs/userinfo`,
    capabilities: [],
    end_session_endpoint: `${url}/adfs/oauth2/logout`,
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
  },
  '/adfs/discovery/keys': {
    keys: [{ ...jwk, kty: 'RSA', use: 'sig', alg: 'RS256', kid: keyId, x5t: thumbprint, x5c: ['MIIC'] }],
  },
}))
after(() => server[Symbol.asyncDispose]())

const issuer = `${server.url}/adfs`
const seconds = () => Math.floor(Date.now() / 1000)

const sign = (claims: JWTPayload) =>
  new SignJWT(claims)
    .setProtectedHeader({ typ: 'JWT', alg: 'RS256', x5t: thumbprint, kid: keyId })
    .sign(privateKey)

/** As the issuance rules "Send LDAP attributes as claims" and "Pass through windowsaccountname" make them. */
const accessTokenClaims = () => ({
  aud: api,
  iss: `${server.url}/adfs/services/trust`,
  iat: seconds(),
  nbf: seconds(),
  exp: seconds() + 3600,
  upn: 'alice@contoso.com',
  winaccountname: 'CONTOSO\\alice',
  group: ['CONTOSO\\HelpDesk', 'CONTOSO\\Domain Users'],
  apptype: 'Confidential',
  appid: clientId,
  authmethod: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
  ver: '1.0',
  scp: 'openid',
})

const setUp = (mapping = {}) => setUpAccessTokens({ issuer, audience: [api], mapping })

describe('an access token of AD FS', () => {
  test('names the issuer of its trust service', async () => {
    assert.equal((await setUp().accessTokens.identify(await sign(accessTokenClaims()))).user.uuid, alice.uuid)
  })

  test('may name the issuer of its ID tokens', async () => {
    const token = await sign({ ...accessTokenClaims(), iss: issuer })
    assert.equal((await setUp().accessTokens.identify(token)).user.uuid, alice.uuid)
  })

  test('may name no other issuer', async () => {
    const token = await sign({ ...accessTokenClaims(), iss: `${server.url}/adfs/services` })
    await assert.rejects(setUp().accessTokens.identify(token), isRefused('wrong-issuer'))
  })

  test('maps to a user by windowsaccountname', async () => {
    const { upn, ...claims } = accessTokenClaims()
    const { accessTokens } = setUp({ userClaim: 'winaccountname' })
    assert.equal((await accessTokens.identify(await sign(claims))).user.uuid, alice.uuid)
    await assert.rejects(
      accessTokens.identify(await sign({ ...claims, winaccountname: 'FABRIKAM\\alice' })),
      isRefused('unknown-user'),
    )
  })

  test('for userinfo, which it is where resource was left out, is refused', async () => {
    const token = await sign({ ...accessTokenClaims(), aud: 'urn:microsoft:userinfo' })
    await assert.rejects(setUp().accessTokens.identify(token), isRefused('wrong-audience'))
  })
})

describe('sign-in by browser at AD FS', () => {
  const client = { id: clientId, secret: 'secret' }
  const setUpBrowser = () => setUpBrowserSignIn({ issuer, audience: [api], client, resource: api })

  test('asks for the API by resource, and uses PKCE, which the discovery document does not speak of', async () => {
    const { location } = await setUpBrowser().begin('/')
    const url = new URL(location)
    assert.equal(`${url.origin}${url.pathname}`, `${issuer}/oauth2/authorize/`)
    assert.equal(url.searchParams.get('resource'), api)
    assert.equal(url.searchParams.get('code_challenge_method'), 'S256')
    assert.equal(url.searchParams.get('client_id'), clientId)
  })

  /** Ends a sign-in by an ID token that is signed so, and returns what the token endpoint was sent. */
  async function signIn(signIdToken: (claims: JWTPayload) => Promise<string>) {
    const browserSignIn = setUpBrowser()
    const { location, transaction } = await browserSignIn.begin('/requests')
    const { searchParams: asked } = new URL(location)
    const idToken = await signIdToken({
      aud: clientId,
      iss: issuer,
      iat: seconds(),
      exp: seconds() + 3600,
      auth_time: seconds(),
      nonce: asked.get('nonce'),
      sub: 'pairwise/7rL0sg==',
      upn: 'alice@contoso.com',
      unique_name: 'CONTOSO\\alice',
      sid: 'S-1-5-21-1-2-3-1101',
    })
    const answer = JSON.stringify({
      access_token: await sign(accessTokenClaims()),
      token_type: 'bearer',
      expires_in: 3600,
      id_token: idToken,
      scope: 'openid',
    })
    let form = new URLSearchParams()
    const tokenEndpoint: RequestListener = async (request, response) => {
      form = new URLSearchParams(Buffer.concat(await request.toArray()).toString())
      response.writeHead(200, { 'content-type': 'application/json;charset=UTF-8' }).end(answer)
    }
    server.documents['/adfs/oauth2/token/'] = tokenEndpoint
    const finished = await browserSignIn.finish(`?code=the-code&state=${asked.get('state')}`, transaction)
    return { browserSignIn, finished, form, idToken }
  }

  test('ends with the user of the ID token, and signs out with that token as the hint', async () => {
    const { browserSignIn, finished, form, idToken } = await signIn(sign)
    assert.equal(finished.user.uuid, alice.uuid)
    assert.equal(finished.returnTo, '/requests')
    assert.equal(form.get('resource'), api)
    assert.equal(form.get('code'), 'the-code')
    assert.match(form.get('code_verifier') ?? '', /^[\w-]{43}$/)

    const signOut = new URL((await browserSignIn.signOutLocation(finished.signOutHint)) ?? '')
    assert.equal(`${signOut.origin}${signOut.pathname}`, `${issuer}/oauth2/logout`)
    assert.equal(signOut.searchParams.get('id_token_hint'), idToken)
  })

  test('takes no ID token that another key has signed, wherever it came from', async () => {
    const stranger = await generateKeyPair('RS256')
    const signAsStranger = (claims: JWTPayload) =>
      new SignJWT(claims)
        .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: keyId })
        .sign(stranger.privateKey)
    await assert.rejects(signIn(signAsStranger), (error: Error) => isRefused('wrong-signature')(error.cause))
  })
})
