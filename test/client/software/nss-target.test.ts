import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { cancelEnrollment } from '../../../src/client/enrollment/cancel-enrollment.ts'
import { fillProfile } from '../../../src/client/enrollment/fill-profile.ts'
import type { CertificateTarget } from '../../../src/client/enrollment/issue-certificates-to.ts'
import {
  type JournalKeeper,
  keepInMemory,
  type NoteProgram,
  type NssLocation,
} from '../../../src/client/enrollment/journal.ts'
import { NssDatabase, requireNssDatabase } from '../../../src/client/software/nss-database.ts'
import { nssTarget } from '../../../src/client/software/nss-target.ts'
import { encodePem } from '../../../src/x509/pem.ts'
import { leftOutWithout } from '../../testbed/left-out.ts'
import { type BenchRun, noWords, person, runOf, softwareTemplate } from '../enrollment/enrollment-bench.ts'
import { type NetworkFault, startBench } from '../enrollment/server-in-process.ts'
import { watchPrograms } from '../enrollment/watch-programs.ts'
import { type TestDatabase as Database, newDatabase, password } from './nss-bench.ts'

const bench = await startBench({ after })
const rsaBench = await startBench({ after }, file => ({
  ...file,
  certificateTemplates: file.certificateTemplates.map(template => ({
    ...template,
    key: { ...template.key, algorithm: 'RSA', keySize: 2048, hashAlgorithm: 'SHA256' },
  })),
}))
function enrollment(database: Database, { nickname }: { readonly nickname?: string } = {}): JournalKeeper {
  return keepInMemory({
    server: 'http://cm.contoso.com',
    account: 'CONTOSO\\alice',
    operation: 'Enroll',
    subject: { profiletemplateuuid: softwareTemplate },
    target: { kind: 'nss', directory: database.directory, nickname: nickname ?? null },
    begun: new Date().toISOString(),
  })
}

async function targetOf(run: BenchRun, database: Database, secret = password): Promise<CertificateTarget> {
  const { directory, environment } = database
  const askPassword = async () => secret
  const noteProgram: NoteProgram = program => run.keeper.record({ program })
  const opened = new NssDatabase({ directory, environment, askPassword, noteProgram, randomBytes })
  await opened.open()
  return nssTarget(run, opened, locationOf(run.keeper))
}

function locationOf({ journal: { target } }: JournalKeeper): NssLocation {
  assert.equal(target.kind, 'nss')
  return target
}

async function enroll(
  database: Database,
  keeper: JournalKeeper,
  {
    secret,
    of = bench,
    fault = () => 'none',
  }: { secret?: string; of?: typeof bench; fault?: NetworkFault } = {},
) {
  const run = runOf(of.clientOf('alice', fault), keeper)
  return await fillProfile(run, await targetOf(run, database, secret), noWords)
}

const kinds = [
  { kind: 'P-256', of: bench, type: 'EC' },
  { kind: 'RSA of 2048 bits', of: rsaBench, type: 'RSA' },
]
describe('an NSS database as the place of keys', { skip: leftOutWithout('libnss3-tools') }, () => {
  for (const { kind, of, type } of kinds) {
    test(`has the database make a key (${kind}), which is the user’s own with its certificate`, async t => {
      const database = await newDatabase(t)
      const { certificates } = await enroll(database, enrollment(database, { nickname: 'vpn' }), { of })
      const id = certificates[0]?.keyId
      assert.deepEqual(database.keys(), [{ id, type, hasCertificate: true }])
      assert.equal(database.trust('vpn'), 'u,u,u')
      for (const authority of ['Contoso Issuing CA', 'Contoso Root CA'])
        assert.equal(database.trust(authority), ',,')
      database.run('-M', '-n', 'Contoso Root CA', '-t', 'CT,C,')
      assert.match(database.run('-V', '-n', 'vpn', '-u', 'C'), /certificate is valid/)
    })
  }

  test('shows the password to nobody who lists processes', async t => {
    const database = await newDatabase(t)
    await enroll(database, enrollment(database))
    const calls = await database.calls()
    assert.match(calls, / -R .* -f \/dev\/fd\/5/)
    assert.ok(!calls.includes(password), calls)
  })

  test('asks for no password where there is none', async t => {
    const database = await newDatabase(t, '')
    const { directory, environment } = database
    const askPassword = () => assert.fail('was asked')
    const noteProgram = () => assert.fail('was changed')
    await new NssDatabase({ directory, environment, askPassword, noteProgram, randomBytes }).open()
    await enroll(database, enrollment(database))
    assert.equal(database.trust('CONTOSO\\alice'), 'u,u,u')
  })

  test('changes nothing in the database before the program that does it is written down', async t => {
    const database = await newDatabase(t, '')
    const keeper = enrollment(database)
    const { names, refusing } = watchPrograms(keeper)
    await assert.rejects(enroll(database, refusing(1)), /disk is full/)
    assert.deepEqual(database.keys(), [])
    await assert.rejects(enroll(database, refusing(2)), /disk is full/)
    assert.equal(database.trust('CONTOSO\\alice'), undefined)
    await enroll(database, refusing(Number.POSITIVE_INFINITY))
    assert.deepEqual(names, Array(4).fill('certutil'))
    assert.equal(database.trust('CONTOSO\\alice'), 'u,u,u')
  })

  test('says so of a wrong password, before the server hears of anything', async t => {
    const database = await newDatabase(t)
    const keeper = enrollment(database)
    await assert.rejects(enroll(database, keeper, { secret: 'wrong' }), {
      code: 'target-unusable',
      message: /password of the NSS database .* is wrong/,
    })
    assert.equal(keeper.journal.earlierRequestUuids, null)
  })

  test('takes no trust from an authority that has it, under whatever name', async t => {
    const database = await newDatabase(t)
    const { certificates } = await enroll(database, enrollment(database))
    const root = certificates[0]?.authorities.at(-1)
    assert.ok(root)
    database.run('-D', '-n', 'Contoso Root CA')
    const file = join(database.folder, 'root.pem')
    await writeFile(file, encodePem('CERTIFICATE', root.der))
    database.run('-A', '-n', 'trusted by me', '-t', 'CT,C,', '-a', '-i', file)
    await enroll(database, enrollment(database))
    assert.equal(database.trust('trusted by me'), 'CT,C,')
    assert.equal(database.trust('Contoso Root CA'), undefined)
  })

  test('chooses another nickname where somebody else’s certificate has it, as the certificate is issued already', async t => {
    const database = await newDatabase(t)
    await enroll(database, enrollment(database))
    await enroll(database, enrollment(database, { nickname: 'Contoso Root CA' }))
    assert.equal(database.trust('Contoso Root CA (2)'), 'u,u,u')
    assert.equal(database.trust('Contoso Root CA '), ',,')
  })

  test('keeps the key of an earlier enrollment beside the new one', async t => {
    const database = await newDatabase(t)
    await enroll(database, enrollment(database))
    await enroll(database, enrollment(database))
    assert.equal(database.keys().filter(({ hasCertificate }) => hasCertificate).length, 2)
  })

  for (const fault of ['lost', 'unanswered'] as const) {
    test(`goes on with the same key after the network was gone at whichever call (${fault})`, async t => {
      // A password would be stretched anew for each key.
      const database = await newDatabase(t, '')
      for (let at = 0; ; at++) {
        const keeper = enrollment(database)
        const isDone = await enroll(database, keeper, { fault: call => (call === at ? fault : 'none') }).then(
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
        await enroll(database, keeper)
        assert.equal(database.keys().length, at + 1)
        assert.ok(database.keys().every(({ hasCertificate }) => hasCertificate))
      }
    })
  }

  test('makes another key where a killed run could not write its own down, and tells of that one', async t => {
    const database = await newDatabase(t)
    const keeper = enrollment(database)
    await keyMadeUnnoticed(database, keeper)
    const [stray] = database.keys()
    const run = runOf(bench.clientOf('alice'), keeper)
    const told: string[] = []
    const telling = { ...run, report: (_step: string, text: string) => void told.push(text) }
    await fillProfile(telling, await targetOf(telling, database), noWords)
    assert.match(told.join('\n'), new RegExp(`delete it: certutil -F -k ${stray?.id} -d sql:`))
    assert.deepEqual(
      database.keys().map(({ hasCertificate }) => hasCertificate),
      [false, true],
    )
  })

  test('never takes the key of another interrupted enrollment for its own, and never deletes it', async t => {
    const database = await newDatabase(t)
    const first = enrollment(database)
    const killed: JournalKeeper = {
      get journal() {
        return first.journal
      },
      async record(changes) {
        await first.record(changes)
        if (changes.target !== undefined) throw new Error('killed')
      },
      remove: () => first.remove(),
    }
    await assert.rejects(enroll(database, killed), /killed/)
    const second = enrollment(database)
    const lostAt =
      (at: number): NetworkFault =>
      call =>
        call === at ? 'lost' : 'none'
    await assert.rejects(enroll(database, second, { fault: lostAt(5) }), { kind: 'unreachable' })
    await assert.rejects(enroll(database, first, { fault: lostAt(3) }), { kind: 'unreachable' })
    const { certificates } = await enroll(database, second)
    assert.equal(first.journal.certificates.length, 1)
    await cancel(database, first)
    assert.deepEqual(database.keys(), [{ id: certificates[0]?.keyId, type: 'EC', hasCertificate: true }])
  })

  test('deletes the key that it made when the request is given up, and no other one', async t => {
    const database = await newDatabase(t)
    database.makeForeignKey()
    const earlier = database.keys()
    const keeper = enrollment(database)
    const fault: NetworkFault = call => (call === 5 ? 'lost' : 'none')
    await assert.rejects(enroll(database, keeper, { fault }), { kind: 'unreachable' })
    assert.equal(database.keys().length, 2)
    assert.match(await cancel(database, keeper), /is canceled\.\nThe key [0-9a-f]{40} was deleted/)
    assert.deepEqual(database.keys(), earlier)
  })

  test('names a key that may be its own when the request is given up, and leaves it', async t => {
    const database = await newDatabase(t)
    const keeper = enrollment(database)
    await keyMadeUnnoticed(database, keeper)
    const [made] = database.keys()
    assert.match(await cancel(database, keeper), new RegExp(`certutil -F -k ${made?.id} -d sql:`))
    assert.deepEqual(database.keys(), [made])
  })

  test('stores no certificate whose key is not there any more', async t => {
    const database = await newDatabase(t)
    const keeper = enrollment(database)
    const fault: NetworkFault = call => (call === 5 ? 'lost' : 'none')
    await assert.rejects(enroll(database, keeper, { fault }), { kind: 'unreachable' })
    database.run('-F', '-k', database.keys()[0]?.id ?? '')
    await assert.rejects(enroll(database, keeper), { code: 'certificate-untrustworthy' })
    assert.equal(database.trust('CONTOSO'), undefined)
  })

  test('says what is missing: the folder, the database, its present form, certutil', async t => {
    const { folder, directory } = await newDatabase(t)
    const old = join(folder, 'old')
    await mkdir(old)
    assert.throws(() => requireNssDatabase(join(folder, 'nowhere')), {
      message: /There is no folder.*certutil -N/,
    })
    assert.throws(() => requireNssDatabase(old), {
      message: /There is no NSS database in.*certutil -N -d sql:/,
    })
    spawnSync('certutil', ['-N', '-d', `dbm:${old}`, '--empty-password'])
    const convert = /of the old form \(dbm\).*Convert it: certutil (-K -X -d sql:\S+)$/
    assert.throws(() => requireNssDatabase(old), { code: 'target-unusable', message: convert })
    spawnSync('certutil', ['-K', '-X', '-d', `sql:${old}`])
    requireNssDatabase(old)
    await mkdir(join(folder, 'no-certutil'))
    spawnSync('sh', ['-c', `for name in sh cat; do ln -s "$(command -v $name)" ${folder}/no-certutil; done`])
    for (const PATH of ['/nowhere', join(folder, 'no-certutil')]) {
      const answers = { askPassword: async () => '', noteProgram: async () => undefined }
      const options = { directory, environment: { PATH }, ...answers, randomBytes }
      await assert.rejects(new NssDatabase(options).open(), {
        code: 'target-unusable',
        message: /certutil is not installed.*libnss3-tools/,
      })
    }
  })
})

/** As a run leaves it that was killed between the making of the key and the next line of the journal. */
async function keyMadeUnnoticed(database: Database, keeper: JournalKeeper): Promise<void> {
  const run = runOf(bench.clientOf('alice'), keeper)
  const target = await targetOf(run, database)
  const killed: CertificateTarget = {
    async makeRequest(options, index) {
      await target.makeRequest(options, index)
      throw new Error('killed')
    },
    install: async () => undefined,
  }
  await assert.rejects(fillProfile(run, killed, noWords), /killed/)
}

async function cancel(database: Database, keeper: JournalKeeper): Promise<string> {
  const run = runOf(bench.clientOf('alice'), keeper)
  const discard = async () => (await (await targetOf(run, database)).discard?.()) ?? []
  return (await cancelEnrollment(run, null, person(), discard)).join('\n')
}
