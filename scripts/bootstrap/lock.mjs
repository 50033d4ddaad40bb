import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Problem, tell } from './problem.mjs'

const patience = 10 * 60_000
const pause = 100

/**
 * Runs work while holding an exclusive lock file that names our process.
 * A lock whose process is gone is taken over. Throws a Problem when another process holds it for ten minutes.
 */
export async function withLock(file, work) {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  await acquire(file)
  try {
    return await work()
  } finally {
    fs.rmSync(file, { force: true })
  }
}

async function acquire(file) {
  const giveUp = Date.now() + patience
  let told = false
  while (!tryAcquire(file)) {
    const holder = readHolder(file)
    if (holder !== undefined && !isRunning(holder)) {
      removeStale(file, holder)
      continue
    }
    if (Date.now() > giveUp) {
      throw new Problem(`process ${holder} has been installing for too long. If it is not, delete ${file}.`)
    }
    if (!told) tell(`Waiting for process ${holder}, which is installing …`)
    told = true
    await delay(pause)
  }
}

/** A link appears with its content at once; a file that is created and then written could be read empty. */
function tryAcquire(file) {
  const own = `${file}.${process.pid}`
  fs.writeFileSync(own, String(process.pid))
  try {
    fs.linkSync(own, file)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    fs.rmSync(own)
  }
}

function readHolder(file) {
  try {
    return Number(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function isRunning(pid) {
  // In a container started anew, a lock left behind often carries our own number.
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Only one of several waiting processes wins the rename; what it took is put back if it was not the stale lock. */
function removeStale(file, holder) {
  const taken = `${file}.${process.pid}.stale`
  try {
    fs.renameSync(file, taken)
  } catch (error) {
    if (error.code === 'ENOENT') return
    throw error
  }
  if (!Object.is(readHolder(taken), holder)) fs.linkSync(taken, file)
  fs.rmSync(taken)
}
