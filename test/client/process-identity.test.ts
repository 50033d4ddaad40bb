import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { identifyProcess, isStillRunning } from '../../src/client/process-identity.ts'

test('a process is the same as long as it runs, whatever it executes, and none afterwards', async () => {
  const program = spawn('sh', ['-c', 'read -r line && exec cat'], { stdio: ['pipe', 'pipe', 'ignore'] })
  const identity = await identifyProcess(program.pid ?? 0)
  assert.ok(identity !== null && identity.pid === program.pid)
  program.stdin.write('go\nnow it is cat\n')
  await once(program.stdout, 'data')
  assert.deepEqual(await identifyProcess(identity.pid), identity)
  assert.equal(await isStillRunning(identity), true)
  assert.equal(await isStillRunning({ ...identity, startTime: `${identity.startTime}0` }), false)
  program.stdin.end()
  await once(program, 'exit')
  assert.equal(await isStillRunning(identity), false)
})

test('one that has ended and that nobody has asked about yet is none', async () => {
  // The shell becomes a program that knows nothing of its child.
  const parent = spawn('sh', ['-c', 'cat <&3 >&2 & echo $!; exec cat 3<&- 2>&-'], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  const { stdin, stdout, stderr } = parent
  const input = parent.stdio[3]
  assert.ok(stdin !== null && stdout !== null && stderr !== null && input instanceof Writable)
  const [line] = await once(stdout.setEncoding('utf8'), 'data')
  stdin.write('the shell is a cat\n')
  await once(stdout, 'data')
  assert.ok((await identifyProcess(Number(line))) !== null)
  input.end()
  await once(stderr.resume(), 'end')
  let found = await identifyProcess(Number(line))
  for (let turn = 0; found !== null && turn < 1000; turn++) found = await identifyProcess(Number(line))
  assert.equal(found, null)
  assert.match(await readFile(`/proc/${Number(line)}/stat`, 'utf8'), /\) Z /)
  stdin.end()
  await once(parent, 'exit')
})

test('the name of a program tells it nothing wrong', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-name-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'a) Z 1 (b')
  await copyFile('/bin/cat', file)
  const program = spawn(file, { stdio: ['pipe', 'pipe', 'ignore'] })
  program.stdin.write('it runs\n')
  await once(program.stdout, 'data')
  const identity = await identifyProcess(program.pid ?? 0)
  assert.match(identity?.startTime ?? '', /^[1-9]\d*$/)
  program.stdin.end()
  await once(program, 'exit')
})

test('a number that no process has is none’s', async () => {
  assert.equal(await identifyProcess(0), null)
  assert.equal(await identifyProcess(2 ** 30), null)
})
