import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { createInterface } from 'node:readline'
import { after, before, suite, type TestContext, test } from 'node:test'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { freePort, startServer, type TestServer } from '../../testbed/server.ts'
import { type CardDesk, openCardDesk, openscModule } from './card-desk.ts'
import { enrollCard } from './enrolled-card.ts'

const patience = 60_000

let desk: CardDesk
let server: TestServer

suite('OpenSSH with a card', { skip: leftOutWithout('pcscd') }, tests)

function tests() {
  before(async () => {
    desk = await openCardDesk()
    server = await startServer()
  })
  after(async () => {
    await server?.remove()
    await desk?.close()
  })

  for (const personality of ['GIDS', 'PIV'] as const) {
    test(`lists the key of a ${personality} card and signs in with it`, async t => {
      const card = await enrollCard(desk, await server.clientOf('alice'), personality)
      t.after(() => desk.card('unplug', personality))
      const keys = await desk.tool('ssh-keygen', '-D', openscModule)
      assert.match(keys, /^ssh-rsa \S+/)
      const certified = await desk.tool('openssl', 'x509', '-in', card.certificate, '-noout', '-pubkey')
      await writeFile(desk.file('public.pem'), certified)
      const fromCertificate = await desk.tool(
        'ssh-keygen',
        '-i',
        '-m',
        'PKCS8',
        '-f',
        desk.file('public.pem'),
      )
      assert.equal(keys.split(' ')[1], fromCertificate.trim().split(' ')[1])

      const port = await startSshServer(t, keys)
      const signIn = async (pin: string) => {
        const asker = desk.file('ask')
        await writeFile(asker, `#!/bin/sh\necho ${pin}\n`)
        await chmod(asker, 0o700)
        const environment = ['SSH_ASKPASS_REQUIRE=force', `SSH_ASKPASS=${asker}`]
        const options = ['StrictHostKeyChecking=no', `UserKnownHostsFile=${desk.file('known')}`]
        const target = ['-p', String(port), `${userInfo().username}@127.0.0.1`]
        const only = [...options, 'NumberOfPasswordPrompts=1', 'PreferredAuthentications=publickey']
        return await desk.pcscd.run(
          'env',
          ...environment,
          'ssh',
          '-F',
          'none',
          '-I',
          openscModule,
          ...only.flatMap(option => ['-o', option]),
          ...target,
          'echo signed in',
        )
      }
      const { status, stdout, stderr } = await signIn(card.pin)
      assert.equal(status, 0, stderr)
      assert.equal(stdout, 'signed in\n')
      const refused = await signIn('000000')
      assert.notEqual(refused.status, 0)
      assert.match(refused.stderr, /Permission denied \(publickey\)/)
    })
  }
}

/** Lets in whoever has one of these keys, and resolves to its port. */
async function startSshServer(t: TestContext, authorizedKeys: string): Promise<number> {
  const port = await freePort()
  const hostKey = desk.file(`host-${port}`)
  await desk.tool('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', hostKey)
  await writeFile(desk.file('authorized'), authorizedKeys)
  const settings = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${desk.file('authorized')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'PrintMotd no',
    'PrintLastLog no',
  ]
  await writeFile(desk.file('sshd.conf'), `${settings.join('\n')}\n`)
  // It insists on an empty folder at a fixed place, which is laid over for it alone.
  const script = 'mount -t tmpfs none /run && mkdir /run/sshd && exec /usr/sbin/sshd -D -e -f "$1"'
  const sshd = spawn('unshare', ['--mount', '/bin/sh', '-c', script, 'sshd', desk.file('sshd.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(sshd, 'exit')
  t.after(async () => {
    sshd.kill('SIGTERM')
    await exited
  })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const fail = () => reject(new Error(`sshd did not start:\n${said}`))
    const timer = setTimeout(fail, patience)
    sshd.once('exit', fail)
    createInterface({ input: sshd.stderr }).on('line', line => {
      said += `${line}\n`
      if (!line.startsWith('Server listening')) return
      clearTimeout(timer)
      sshd.off('exit', fail)
      resolve()
    })
  })
  return port
}
