import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'

export interface ProgramResult {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Pcscd {
  /** The name of the reader that waits for a card on port 35963 of the service's own loopback. */
  readonly reader: string
  /** Where the service listens: programs find it by PCSCLITE_CSOCK_NAME. */
  readonly socket: string
  /** Runs a program that speaks PC/SC. */
  run(program: string, ...args: readonly string[]): Promise<ProgramResult>
  /** Starts a program within the network of the service, where alone the reader's port is. */
  spawnInside(program: string, ...args: readonly string[]): ChildProcess
  /** Resolves when the service next finds a card put into the reader, or taken out. */
  next(event: 'insertion' | 'removal'): Promise<void>
  stop(): Promise<void>
}

const patience = 60_000
const friendlyName = 'Cardinal Virtual Reader'
const port = 35_963
const driver = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so'

const eventPattern = { insertion: /Card inserted into|Card ATR/i, removal: /Card Removed From/i }

/**
 * Starts a PC/SC service of its own, with no reader but vpcd's virtual one. vpcd listens on all addresses, so the service
 * lives in a network namespace that has nothing but a loopback, and its socket in a temporary folder. Namespaces, service
 * and folder end when `stop` is called or this process dies, in whatever way.
 */
export async function startPcscd(): Promise<Pcscd> {
  requireInstalled()
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardinal-pcscd-'))
  await mkdir(path.join(folder, 'run'))
  await writeFile(
    path.join(folder, 'reader.conf'),
    `FRIENDLYNAME "${friendlyName}"\nDEVICENAME /dev/null:${port}\nLIBPATH ${driver}\nCHANNELID ${port}\n`,
  )
  const keeper = spawn('unshare', ['--net', '--mount', '/bin/sh', '-c', keeperScript, 'keeper', folder], {
    // A Ctrl-C at the terminal is for the tests; the keeper notices their end and cleans up.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const ended = once(keeper, 'exit')
  const waiting = new Set<{ pattern: RegExp; resolve: () => void }>()
  const lines: string[] = []
  createInterface({ input: keeper.stderr }).on('line', line => void lines.push(line))
  createInterface({ input: keeper.stdout }).on('line', line => {
    lines.push(line)
    for (const waiter of waiting) {
      if (!waiter.pattern.test(line)) continue
      waiting.delete(waiter)
      waiter.resolve()
    }
  })
  const lineMatching = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const fail = () => reject(new Error(`pcscd did not log ${pattern}:\n${lines.slice(-40).join('\n')}`))
      const timer = setTimeout(fail, patience)
      keeper.once('exit', fail)
      waiting.add({
        pattern,
        resolve() {
          clearTimeout(timer)
          keeper.off('exit', fail)
          resolve()
        },
      })
    })
  await lineMatching(/daemon ready/)
  const environment = {
    PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
    LC_ALL: 'C',
    HOME: folder,
    PCSCLITE_CSOCK_NAME: path.join(folder, 'run', 'pcscd.comm'),
  }
  return {
    reader: `${friendlyName} 00 00`,
    socket: environment.PCSCLITE_CSOCK_NAME,
    run: (program, ...args) => run(program, args, environment),
    spawnInside: (program, ...args) =>
      spawn('nsenter', [`--net=/proc/${keeper.pid}/ns/net`, program, ...args], {
        stdio: ['pipe', 'pipe', 'pipe'],
      }),
    next: event => lineMatching(eventPattern[event]),
    async stop() {
      keeper.stdin.end()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Runs the service until its own input ends: the kernel closes that pipe even when the test process was killed. The
 * place of the service's socket and of its process number is fixed, so that folder is laid over it. vpcd up to 3.3 sends a
 * message's length and content apart, and without quick acknowledgements waits 40 ms between them.
 */
const keeperScript = `
  ip link set lo up
  ip route replace local 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1 table local quickack 1
  mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind "$1/run" /run/pcscd || exit 1
  exec 3<&0
  pcscd --foreground --info --config "$1/reader.conf" </dev/null 2>&1 3<&- &
  service=$!
  { read -r _ <&3; kill -TERM $service; } &
  wait $service
  cd / && rm -rf "$1"`

async function run(
  program: string,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<ProgramResult> {
  const child = spawn(program, args, {
    env: environment,
    timeout: patience,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', text => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    output.stderr += text
  })
  const [status] = await once(child, 'close')
  return { status, ...output }
}

function requireInstalled(): void {
  for (const file of ['/usr/sbin/pcscd', driver, '/usr/bin/gids-tool', '/usr/bin/pkcs11-tool']) {
    try {
      accessSync(file, constants.R_OK)
    } catch {
      throw new Error(
        `${file} is missing (Debian: apt-get install pcscd vsmartcard-vpcd opensc libengine-pkcs11-openssl).`,
      )
    }
  }
  if (process.getuid?.() !== 0) throw new Error('A network namespace of its own needs root.')
}
