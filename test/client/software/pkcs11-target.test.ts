import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { cancelEnrollment } from '../../../src/client/enrollment/cancel-enrollment.ts'
import { fillProfile } from '../../../src/client/enrollment/fill-profile.ts'
import type { CertificateTarget } from '../../../src/client/enrollment/issue-certificates-to.ts'
import type { JournalKeeper, NoteProgram } from '../../../src/client/enrollment/journal.ts'
import { findPkcs11Token } from '../../../src/client/software/find-pkcs11-token.ts'
import { keyIdOf, pkcs11Target } from '../../../src/client/software/pkcs11-target.ts'
import { Pkcs11Token } from '../../../src/client/software/pkcs11-token.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import {
  type BenchRun,
  newKeeper,
  noWords,
  person,
  runOf,
  softwareTemplate,
} from '../enrollment/enrollment-bench.ts'
import { type NetworkFault, startBench } from '../enrollment/server-in-process.ts'
import { watchPrograms } from '../enrollment/watch-programs.ts'
import { newSoftToken, type SoftToken, softHsm, tokenPin } from './soft-token.ts'

const bench = await startBench({ after })
const rsaBench = await startBench({ after }, file => ({
  ...file,
  certificateTemplates: file.certificateTemplates.map(template => ({
    ...template,
    key: { ...template.key, algorithm: 'RSA', keySize: 2048, hashAlgorithm: 'SHA256' },
  })),
}))
const enrollment = () => newKeeper('Enroll', { profiletemplateuuid: softwareTemplate })

interface Onto {
  readonly pin?: string
  readonly withAuthorities?: boolean
  readonly label?: string
}

async function targetOf(
  run: BenchRun,
  token: SoftToken,
  { pin = tokenPin, withAuthorities = false, label }: Onto = {},
): Promise<CertificateTarget> {
  const module = { path: softHsm, environment: token.environment }
  const { slotId, label: tokenLabel } = await findPkcs11Token(module, null)
  const noteProgram: NoteProgram = program => run.keeper.record({ program })
  const opened = new Pkcs11Token({ module, slotId, tokenLabel, askPin: async () => pin, noteProgram })
  return pkcs11Target(run, opened, { label: label ?? null, withAuthorities })
}

async function enroll(
  token: SoftToken,
  keeper: JournalKeeper,
  onto: Onto = {},
  { of = bench, fault = () => 'none' }: { of?: typeof bench; fault?: NetworkFault } = {},
) {
  const run = runOf(of.clientOf('alice', fault), keeper)
  return await fillProfile(run, await targetOf(run, token, onto), noWords)
}

function openssl(args: readonly string[], input?: string): string {
  const { status, stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8', input })
  assert.equal(status, 0, stderr)
  return stdout
}

const kinds = [
  { kind: 'P-256', of: bench, mechanism: ['ECDSA-SHA256', '--signature-format', 'openssl'] },
  { kind: 'RSA of 2048 bits', of: rsaBench, mechanism: ['SHA256-RSA-PKCS'] },
]
describe('a PKCS#11 token as the place of keys', { skip: leftOutWithout('softhsm2') }, () => {
  for (const { kind, of, mechanism } of kinds) {
    test(`has the token make a key (${kind}) that never leaves it, and puts its certificate beside it`, async t => {
      const token = await newSoftToken(t, 'Büro')
      const { certificates } = await enroll(token, enrollment(), { label: 'vpn' }, { of })
      const [id = '', ...others] = token.ids('privkey')
      assert.deepEqual([others, token.ids('cert'), token.ids('pubkey')], [[], [id], [id]])
      assert.equal(certificates[0]?.keyId, id)
      assert.match(token.tool('--list-objects', '--type', 'cert'), /label: +vpn/)
      assert.match(
        token.tool('--list-objects', '--type', 'privkey'),
        /sensitive, always sensitive, never extractable, local/,
      )

      const file = (name: string) => join(token.folder, name)
      await writeFile(file('data'), 'sign me')
      const files = ['--input-file', file('data'), '--output-file', file('signature')]
      const hashed = kind === 'P-256' ? ['ECDSA', '--signature-format', 'openssl'] : mechanism
      if (kind === 'P-256') openssl(['dgst', '-sha256', '-binary', '-out', file('digest'), file('data')])
      if (kind === 'P-256') files[1] = file('digest')
      token.tool('--sign', '--mechanism', ...hashed, '--id', id, ...files)
      token.tool('--read-object', '--type', 'cert', '--id', id, '--output-file', file('read.der'))
      openssl([
        'x509',
        '-in',
        file('read.der'),
        '-inform',
        'DER',
        '-noout',
        '-pubkey',
        '-out',
        file('key.pem'),
      ])
      openssl(['dgst', '-sha256', '-verify', file('key.pem'), '-signature', file('signature'), file('data')])
    })
  }

  test('shows the PIN to nobody who lists processes', async t => {
    const token = await newSoftToken(t, 'alice')
    await enroll(token, enrollment())
    const calls = await token.calls()
    assert.ok(calls.filter(call => call.includes('--login')).length > 2)
    for (const call of calls) assert.ok(!call.includes(tokenPin), call)
  })

  test('changes nothing in the token before the program that does it is written down', async t => {
    const token = await newSoftToken(t, 'alice')
    const { names, refusing } = watchPrograms(enrollment())
    await assert.rejects(enroll(token, refusing(1)), /disk is full/)
    assert.deepEqual([token.ids('privkey'), token.ids('pubkey')], [[], []])
    await assert.rejects(enroll(token, refusing(2)), /disk is full/)
    assert.deepEqual([token.ids('privkey').length, token.ids('cert')], [1, []])
    await enroll(token, refusing(Number.POSITIVE_INFINITY))
    assert.deepEqual(names, Array(2).fill('pkcs11-tool'))
    assert.deepEqual(token.ids('cert'), token.ids('privkey'))
  })

  test('sends a wrong PIN once, and makes nothing', async t => {
    const token = await newSoftToken(t, 'alice')
    await assert.rejects(enroll(token, enrollment(), { pin: '654321' }), {
      code: 'wrong-pin',
      message: /The PIN of the token "alice" is wrong/,
    })
    assert.equal((await token.calls()).filter(call => call.includes('--login')).length, 1)
    assert.deepEqual(token.ids('privkey'), [])
  })

  test('puts the certificates of the authorities there too, once, where that is asked for', async t => {
    const token = await newSoftToken(t, 'alice')
    await enroll(token, enrollment(), { withAuthorities: true })
    assert.equal(token.ids('cert').length, 3)
    await enroll(token, enrollment(), { withAuthorities: true })
    assert.equal(token.ids('cert').length, 4)
    assert.match(token.tool('--list-objects', '--type', 'cert'), /label: +Contoso Issuing CA/)
  })

  test('leaves the keys of others, and of earlier enrollments, as they are', async t => {
    const token = await newSoftToken(t, 'alice')
    token.tool('--keypairgen', '--key-type', 'EC:prime256v1', '--id', '01', '--label', 'somebody else')
    await enroll(token, enrollment())
    await enroll(token, enrollment())
    assert.equal(token.ids('privkey').length, 3)
    assert.ok(token.ids('privkey').includes('01'))
  })

  for (const fault of ['lost', 'unanswered'] as const) {
    test(`goes on with the same key after the network was gone at whichever call (${fault})`, async t => {
      const token = await newSoftToken(t, 'alice')
      let requests = 0
      for (let at = 0; ; at++) {
        const keeper = enrollment()
        requests += 1
        const isDone = await enroll(
          token,
          keeper,
          {},
          { fault: call => (call === at ? fault : 'none') },
        ).then(
          () => true,
          (error: unknown) => {
            assert.ok(
              error instanceof Error && 'kind' in error && error.kind === 'unreachable',
              String(error),
            )
            return false
          },
        )
        if (isDone) return assert.ok(at > 5, `only ${at} calls`)
        await enroll(token, keeper)
        assert.equal(token.ids('privkey').length, requests)
        assert.deepEqual(token.ids('cert').sort(), token.ids('privkey').sort())
      }
    })
  }

  test('goes on with the key that a killed run made and could not write down', async t => {
    const token = await newSoftToken(t, 'alice')
    const keeper = enrollment()
    await keyMadeUnnoticed(token, keeper)
    assert.deepEqual(keeper.journal.certificates, [])
    const [id = ''] = token.ids('privkey')
    const file = join(token.folder, 'made.der')
    token.tool('--read-object', '--type', 'pubkey', '--id', id, '--output-file', file)
    const made = await readFile(file)
    const { certificates } = await enroll(token, keeper)
    assert.deepEqual(certificates[0]?.certificate.subjectPublicKeyInfo.der, Uint8Array.from(made))
    assert.deepEqual(token.ids('privkey'), [id])
  })

  test('makes a key anew of which only half was made', async t => {
    for (const half of ['privkey', 'pubkey'] as const) {
      const token = await newSoftToken(t, 'alice')
      const keeper = enrollment()
      await keyMadeUnnoticed(token, keeper)
      const id = keyIdOf(keeper.journal.requestUuid ?? '', 0)
      token.tool('--delete-object', '--type', half, '--id', id)
      await enroll(token, keeper)
      assert.deepEqual([token.ids('privkey'), token.ids('pubkey'), token.ids('cert')], [[id], [id], [id]])
    }
  })

  test('deletes the key that it made when the request is given up, and no other one', async t => {
    for (const isWrittenDown of [true, false]) {
      const token = await newSoftToken(t, 'alice')
      token.tool('--keypairgen', '--key-type', 'EC:prime256v1', '--id', '01', '--label', 'somebody else')
      const keeper = enrollment()
      if (isWrittenDown) {
        const fault: NetworkFault = call => (call === 5 ? 'lost' : 'none')
        await assert.rejects(enroll(token, keeper, {}, { fault }), { kind: 'unreachable' })
      } else await keyMadeUnnoticed(token, keeper)
      assert.equal(keeper.journal.certificates.length, isWrittenDown ? 1 : 0)
      assert.equal(token.ids('privkey').length, 2)
      const said = await cancel(token, keeper)
      assert.match(said, /is canceled\.\nThe key [0-9a-f]{34} was deleted from the token "alice"\./)
      assert.deepEqual([token.ids('privkey'), token.ids('pubkey')], [['01'], ['01']])
    }
  })

  test('needs no PIN to give a request up that made no key', async t => {
    const token = await newSoftToken(t, 'alice')
    const keeper = enrollment()
    await assert.rejects(enroll(token, keeper, { pin: '654321' }), { code: 'wrong-pin' })
    const before = (await token.calls()).filter(call => call.includes('--login')).length
    assert.doesNotMatch(await cancel(token, keeper), /key/)
    assert.equal((await token.calls()).filter(call => call.includes('--login')).length, before)
  })

  test('gives a request up whose token is gone, and says what may be left; with a wrong PIN it waits', async t => {
    const token = await newSoftToken(t, 'alice')
    const keeper = enrollment()
    await keyMadeUnnoticed(token, keeper)
    await assert.rejects(cancel(token, keeper, '654321'), { code: 'wrong-pin' })
    assert.equal(token.ids('privkey').length, 1)
    await writeFile(token.environment.SOFTHSM2_CONF, `directories.tokendir = ${token.folder}/bin\n`)
    assert.match(
      await cancel(token, keeper),
      /is canceled\.\nA key that the request made may be left: .* no token/,
    )
  })

  test('writes no certificate that is not for the key in the token', async t => {
    const token = await newSoftToken(t, 'alice')
    const keeper = enrollment()
    const fault: NetworkFault = call => (call === 5 ? 'lost' : 'none')
    await assert.rejects(enroll(token, keeper, {}, { fault }), { kind: 'unreachable' })
    const [id = ''] = token.ids('privkey')
    for (const type of ['privkey', 'pubkey']) token.tool('--delete-object', '--type', type, '--id', id)
    token.tool('--keypairgen', '--key-type', 'EC:prime256v1', '--id', id, '--label', 'another')
    await assert.rejects(enroll(token, keeper), {
      code: 'certificate-untrustworthy',
      message: /for another key/,
    })
    assert.deepEqual(token.ids('cert'), [])
  })

  test('says so where the token makes no keys of that kind', async t => {
    const token = await newSoftToken(t, 'alice')
    await token.configure('slots.mechanisms = CKM_RSA_PKCS_KEY_PAIR_GEN,CKM_RSA_PKCS')
    await assert.rejects(enroll(token, enrollment()), {
      code: 'unsupported-options',
      message: /"alice" makes no key of the kind that the server asks for, P-256/,
    })
  })
})

/** As a run leaves it that was killed between the making of the key and the next line of the journal. */
async function keyMadeUnnoticed(token: SoftToken, keeper: JournalKeeper): Promise<void> {
  const run = runOf(bench.clientOf('alice'), keeper)
  const target = await targetOf(run, token)
  const killed: CertificateTarget = {
    async makeRequest(options, index) {
      await target.makeRequest(options, index)
      throw new Error('killed')
    },
    install: async () => undefined,
  }
  await assert.rejects(fillProfile(run, killed, noWords), /killed/)
}

async function cancel(token: SoftToken, keeper: JournalKeeper, pin = tokenPin): Promise<string> {
  const run = runOf(bench.clientOf('alice'), keeper)
  const discard = async () => (await (await targetOf(run, token, { pin })).discard?.()) ?? []
  return (await cancelEnrollment(run, null, person(), discard)).join('\n')
}
