import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { isKerberosAddonBuilt } from '../../src/identity/negotiate/kerberos-addon.ts'
import { makeKerberosToken, makeNegotiateToken } from '../../test/testbed/kerberos/ticket.ts'
import { createTicketRealm } from '../../test/testbed/kerberos.ts'
import { type Measurement, median } from '../measurement.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { startServerProcess } from './server-process.ts'

const calls = 500
/** Octets of a ticket that say what groups somebody is in; real ones have about as many. */
const authorizationData = 1000

/**
 * What a call costs that signs in by Negotiate and begins a session, beside one that goes on with it, one after the
 * other over one connection. The tickets are made here, as a domain controller makes them.
 */
export async function measureNegotiate(): Promise<Measurement[]> {
  if (!isKerberosAddonBuilt()) {
    process.stderr.write('LEFT OUT: the add-on is not built. Run: npm run addon -- kerberos\n')
    return []
  }
  await using realm = await createTicketRealm()
  await using folder = await temporaryFolder()
  const environment = { CARDINAL_NEGOTIATE_KEYTAB_FILE: realm.keytabFile, CARDINAL_LOG_LEVEL: 'warn' }
  await using server = await startServerProcess({ dataDir: join(folder.path, 'data'), environment })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const address = `${server.url}/CertificateManagement/api/v1.0/profiletemplates`
  const tokens = Array.from({ length: calls }, () =>
    makeNegotiateToken(makeKerberosToken({ service: realm.service, client: 'alice', authorizationData })),
  )
  const signIns: number[] = []
  const others: number[] = []
  for (const token of tokens) {
    const signIn = await timeCall(agent, address, { authorization: `Negotiate ${token.toString('base64')}` })
    const other = await timeCall(agent, address, { cookie: signIn.cookie })
    signIns.push(signIn.elapsed)
    others.push(other.elapsed)
  }
  agent.destroy()
  return [
    {
      name: 'Negotiate, new session',
      value: median(signIns),
      unit: 'ms',
      peer: { name: 'session that stands', value: median(others) },
    },
  ]
}

/** @throws Error for an answer that is no success */
function timeCall(
  agent: Agent,
  address: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly elapsed: number; readonly cookie: string }> {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const outgoing = request(address, { agent, headers }, response => {
      response.resume().on('end', () => {
        const elapsed = performance.now() - started
        const cookie = response.headers['set-cookie']?.[0]?.split(';', 1)[0] ?? ''
        if (response.statusCode === 200) resolve({ elapsed, cookie })
        else reject(new Error(`A call was answered ${response.statusCode}.`))
      })
    })
    outgoing.on('error', reject).end()
  })
}
