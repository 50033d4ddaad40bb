import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

/** A disk that is full for real: the kernel refuses the next block. */
export interface SmallDisk {
  /** Where it is for whoever runs inside. */
  readonly folder: string
  /** Stands before `folder` for whoever runs outside, as the test process does. SQLite cannot open files through it. */
  readonly root: string
  /** A program, with its arguments, that becomes the one whose command line follows, inside. */
  readonly launcher: readonly string[]
  spawnInside(program: string, args: readonly string[], options: SpawnOptions): ChildProcess
  /** The path of a file on it, as the test process sees it. */
  file(...names: readonly string[]): string
  /** Takes all blocks but these. */
  fill(blocksLeft?: number): void
  makeRoom(): void
  remove(): Promise<void>
}

const blockLength = 4096
const ballast = 'ballast'

/**
 * Mounts a small file system in memory in a mount namespace of its own, where nothing else sees it. It is gone when
 * `remove` is called or this process dies, in whatever way, and nobody runs inside any more.
 */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk> {
  if (process.getuid?.() !== 0) throw new Error('A mount namespace of its own needs root.')
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardinal-small-disk-'))
  const keeper = spawn(
    'unshare',
    ['--mount', '--propagation', 'private', '/bin/sh', '-c', keeperScript, 'keeper', folder, `${megabytes}m`],
    // A Ctrl-C at the terminal is for the tests; the keeper notices their end and ends.
    { detached: true, stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const ended = once(keeper, 'exit')
  const mounted = once(keeper.stdout, 'data')
  const [code] = await Promise.race([mounted, ended])
  if (typeof code === 'number') throw new Error('No file system could be mounted.')
  const root = `/proc/${keeper.pid}/root`
  const launcher = ['nsenter', `--mount=/proc/${keeper.pid}/ns/mnt`]
  const file = (...names: readonly string[]) => path.join(root, folder, ...names)
  return {
    folder,
    root,
    launcher,
    file,
    spawnInside: (program, args, options) => {
      const [enter = '', ...rest] = launcher
      return spawn(enter, [...rest, program, ...args], options)
    },
    fill(blocksLeft = 0) {
      const descriptor = openSync(file(ballast), 'a')
      try {
        for (let left = statfsSync(file()).bavail - blocksLeft; left > 0; left--) {
          writeSync(descriptor, Buffer.alloc(blockLength, 1))
        }
      } catch (error) {
        // Somebody else took the last one meanwhile.
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      } finally {
        closeSync(descriptor)
      }
    },
    makeRoom: () => rmSync(file(ballast), { force: true }),
    async remove() {
      keeper.stdin.end()
      await ended
      await rm(folder, { recursive: true })
    },
  }
}

const keeperScript = `
  mount -t tmpfs -o size="$2" none "$1" && echo mounted && read -r _`
