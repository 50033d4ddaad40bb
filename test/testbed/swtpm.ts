import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A TPM 2.0 in software, and the wires to it. */
export interface Swtpm {
  /** For TPM2TOOLS_TCTI. */
  readonly tcti: string
  /** Everything that has gone over the wires since the last call, in both directions. */
  takeTraffic(): Buffer
  /**
   * Stops the wires at the last of these commands (TPM 2.0 Library, Part 2, §6.5.2), once the others have gone by in their
   * order: the TPM never sees it, and nobody gets an answer any more until `restart`. Resolves once it has come.
   */
  holdAt(...commandCodes: readonly number[]): Promise<void>
  /** As on a restart of the machine: the state stays, what is in memory goes. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts a TPM of its own, on sockets in a temporary folder. It ends when `stop` is called or this process dies, in whatever
 * way.
 */
export async function startSwtpm(): Promise<Swtpm> {
  requireInstalled()
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-swtpm-'))
  await mkdir(join(folder, 'state'))
  let keeper = await startKeeper(folder)
  const sockets = new Set<Socket>()
  let traffic: Buffer[] = []
  let awaited: number[] = []
  let onHeld: () => void = () => undefined
  let isHeld = false
  const listen = async (name: string) => {
    const server = createServer(near => {
      const far = connect(join(folder, `tpm${name}`))
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from)
        from.on('error', () => to.destroy())
        from.on('close', () => {
          sockets.delete(from)
          to.end()
        })
        from.on('data', chunk => {
          traffic.push(chunk)
          if (from === near && awaited.length > 0 && commandCodeOf(chunk) === awaited[0]) {
            awaited.shift()
            if (awaited.length === 0) {
              isHeld = true
              onHeld()
            }
          }
          if (!isHeld) to.write(chunk)
        })
      }
    })
    server.listen(join(folder, `wire${name}`))
    await once(server, 'listening')
    return server
  }
  const servers: Server[] = [await listen(''), await listen('.ctrl')]
  const hangUp = () => {
    for (const socket of sockets) socket.destroy()
  }
  const end = async (lastWord: string) => {
    const ended = once(keeper, 'exit')
    keeper.stdin.end(lastWord)
    await ended
  }
  return {
    tcti: `swtpm:path=${join(folder, 'wire')}`,
    takeTraffic() {
      const taken = Buffer.concat(traffic)
      traffic = []
      return taken
    },
    holdAt: (...commandCodes) =>
      new Promise(resolve => {
        awaited = [...commandCodes]
        onHeld = resolve
      }),
    async restart() {
      awaited = []
      isHeld = false
      hangUp()
      await end('keep\n')
      keeper = await startKeeper(folder)
    },
    async stop() {
      hangUp()
      await end('')
      for (const server of servers) await promisify(server.close.bind(server))()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** TPM_ST, the size, and the code (TPM 2.0 Library, Part 1, §18). */
function commandCodeOf(command: Buffer): number | undefined {
  return command.length >= 10 && command.readUInt32BE(2) === command.length
    ? command.readUInt32BE(6)
    : undefined
}

/**
 * Runs the TPM until its own input ends: the kernel closes that pipe even when the test process was killed. All files go then,
 * but where a last word keeps them.
 */
const keeperScript = `
  exec 3<&0
  swtpm socket --tpm2 --tpmstate dir="$1/state" --flags not-need-init,startup-clear \\
    --server type=unixio,path="$1/tpm" --ctrl type=unixio,path="$1/tpm.ctrl" </dev/null >/dev/null 2>&1 3<&- &
  tpm=$!
  until [ -S "$1/tpm" ] && [ -S "$1/tpm.ctrl" ]; do kill -0 $tpm || exit 1; sleep 0.01; done
  echo ready
  { read -r _ <&3 && touch "$1/keep"; kill -TERM $tpm; } &
  wait $tpm
  if [ -e "$1/keep" ]; then rm -f "$1/keep" "$1/tpm" "$1/tpm.ctrl"; else cd / && rm -rf "$1"; fi`

async function startKeeper(folder: string) {
  const keeper = spawn('/bin/sh', ['-c', keeperScript, 'keeper', folder], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const [first] = await Promise.race([once(keeper.stdout, 'data'), once(keeper, 'exit')])
  if (!Buffer.isBuffer(first)) throw new Error('swtpm does not start.')
  return keeper
}

function requireInstalled(): void {
  for (const file of ['/usr/bin/swtpm', '/usr/bin/tpm2_create']) {
    try {
      accessSync(file, constants.X_OK)
    } catch {
      throw new Error(`${file} is missing (Debian: apt-get install swtpm tpm2-tools libtss2-tcti-swtpm0).`)
    }
  }
}
