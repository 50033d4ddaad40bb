import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { identifyProcess, type ProcessIdentity } from '../../../src/client/process-identity.ts'
import { runProgram } from '../../../src/client/software/run-program.ts'

async function callIn(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-program-'))
  t.after(() => rm(folder, { recursive: true }))
  const made = join(folder, 'made')
  const { PATH } = process.env
  const call = {
    program: 'sh',
    args: ['-c', 'echo $$ > "$1"; cat; cat <&3; echo "$2" >&2; exit 3', 'sh', made, 'two  "words"'],
    environment: { PATH },
    inputs: [Buffer.from('first\nsecond\n'), Buffer.from('third')],
    whereMissing: 'It is missing.',
  }
  return { made, call }
}

test('a program gets its arguments and inputs, whether it is written down before or not', async t => {
  const { call } = await callIn(t)
  for (const noteProcess of [undefined, async () => undefined]) {
    const { code, output, said } = await runProgram({ ...call, noteProcess })
    assert.deepEqual([code, String(output), said], [3, 'first\nsecond\nthird', 'two  "words"\n'])
  }
})

test('a program is written down by its number before it begins', async t => {
  const { made, call } = await callIn(t)
  const noted: ProcessIdentity[] = []
  await runProgram({
    ...call,
    async noteProcess(identity) {
      assert.deepEqual(await identifyProcess(identity.pid), identity)
      await new Promise(setImmediate)
      assert.ok(!existsSync(made))
      noted.push(identity)
    },
  })
  assert.deepEqual([`${noted[0]?.pid}\n`, noted.length], [await readFile(made, 'utf8'), 1])
})

test('a program that cannot be written down never begins', async t => {
  const { made, call } = await callIn(t)
  let pid = 0
  const noteProcess = async (identity: ProcessIdentity) => {
    pid = identity.pid
    throw new Error('The disk is full.')
  }
  await assert.rejects(runProgram({ ...call, noteProcess }), /disk is full/)
  while ((await identifyProcess(pid)) !== null) await new Promise(setImmediate)
  assert.ok(!existsSync(made))
})

test('a program whose parent is killed before it is written down never begins', async t => {
  const { made, call } = await callIn(t)
  const module = new URL('../../../src/client/software/run-program.ts', import.meta.url).href
  const source = `
    const { runProgram } = await import(${JSON.stringify(module)})
    const noteProcess = ({ pid }) => new Promise(() => { console.log(pid); setInterval(() => {}, 1000) })
    await runProgram({ ...${JSON.stringify({ ...call, inputs: [] })}, noteProcess })`
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(parent.stdout.setEncoding('utf8'), 'data')
  const pid = Number(line)
  assert.ok((await identifyProcess(pid)) !== null)
  parent.kill('SIGKILL')
  while ((await identifyProcess(pid)) !== null) await new Promise(setImmediate)
  assert.ok(!existsSync(made))
})

test('a program that is missing is named, whether it is written down before or not', async t => {
  const { call } = await callIn(t)
  for (const noteProcess of [undefined, async () => undefined]) {
    await assert.rejects(runProgram({ ...call, program: 'no-such-program', noteProcess }), {
      code: 'target-unusable',
      message: 'It is missing.',
    })
  }
})
