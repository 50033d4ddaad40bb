import { open } from 'node:fs/promises'
import { nearestName } from '../../config/nearest-name.ts'
import { readCsvPeople } from '../../directory/file/csv-people.ts'
import { readLdifPeople } from '../../directory/file/ldif-people.ts'
import type { PeopleFile } from '../../domain/people-file.ts'
import { systemClock } from '../environment/system-clock.ts'
import { unreadableFile } from '../unreadable-file.ts'
import { UsageError } from '../usage-error.ts'

type PeopleFormat = 'csv' | 'ldif'

/** Room for some hundred thousand people; it is held in memory as a whole. */
const mostBytes = 256 * 2 ** 20

export function isPeopleFormat(format: string): format is PeopleFormat {
  return format === 'csv' || format === 'ldif'
}

/** People and groups of a file, with its faults. Throws UsageError where it is too large. */
export async function readPeopleFile(
  path: string,
  format: PeopleFormat,
  delimiter: ',' | ';',
): Promise<PeopleFile> {
  const bytes = await readWhole(path).catch((error: unknown) => {
    throw unreadableFile(path, error)
  })
  return format === 'csv'
    ? readCsvPeople(bytes, { delimiter, nearestName })
    : readLdifPeople(bytes, systemClock.now())
}

async function readWhole(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    if (size > mostBytes) throw new UsageError(`${path} has more than ${mostBytes / 2 ** 20} MiB.`)
    return await file.readFile()
  } finally {
    await file.close()
  }
}
