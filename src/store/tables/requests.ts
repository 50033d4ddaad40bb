import type { Kysely } from 'kysely'
import type { AccessControlEntry } from '../../domain/access-control.ts'
import type { DataCollectionAnswer } from '../../domain/data-collection.ts'
import type { Request, RequestStatus } from '../../domain/request.ts'
import type { RequestFilter } from '../../workflows/ports/store.ts'
import { fromFlag, fromMilliseconds, toFlag, toMilliseconds } from '../column-values.ts'
import type { Database, RequestTable } from '../database.ts'
import { requirePlace } from '../list-place.ts'
import type { RowLock } from '../locks/row-lock.ts'
import { requireUpdatedRow } from '../updated-row.ts'

export async function findRequest(
  db: Kysely<Database>,
  uuid: string,
  rowLock: RowLock = 'none',
): Promise<Request | null> {
  const row = await db
    .selectFrom('requests')
    .selectAll()
    .where('uuid', '=', uuid)
    .$if(rowLock === 'for update', query => query.forUpdate())
    .executeTakeFirst()
  return row === undefined ? null : fromRow(row)
}

export async function listRequests(db: Kysely<Database>, filter: RequestFilter): Promise<readonly Request[]> {
  const place = filter.after === null ? null : await findPlace(db, filter.after, filter)
  const rows = await selectRequests(db, filter, place).execute()
  return rows.map(fromRow)
}

/** A request's place in the order of lists. */
interface Place {
  readonly submitted: number
  readonly uuid: string
}

async function findPlace(
  db: Kysely<Database>,
  uuid: string,
  { involving, target }: RequestFilter,
): Promise<Place> {
  const row = await db
    .selectFrom('requests')
    .select(['submitted', 'uuid', 'originator_uuid', 'target_uuid'])
    .where('uuid', '=', uuid)
    .executeTakeFirst()
  const isListed =
    (target === null || row?.target_uuid === target) &&
    (involving === null || row?.originator_uuid === involving || row?.target_uuid === involving)
  return requirePlace(isListed ? row : undefined)
}

export async function findExecutingRequestOfSmartcard(
  db: Kysely<Database>,
  smartcardUuid: string,
  involving: string,
): Promise<Request | null> {
  const row = await db
    .selectFrom('requests')
    .selectAll()
    .where('new_smartcard_uuid', '=', smartcardUuid)
    .where('status', '=', 'executing')
    .where(({ or, eb }) => or([eb('originator_uuid', '=', involving), eb('target_uuid', '=', involving)]))
    .orderBy('submitted', 'desc')
    .orderBy('uuid')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : fromRow(row)
}

export async function listOpenRequestsAbout(
  db: Kysely<Database>,
  profileUuid: string,
): Promise<readonly Request[]> {
  const rows = await db
    .selectFrom('requests')
    .selectAll()
    .where('old_profile_uuid', '=', profileUuid)
    .where('status', 'in', ['pending', 'approved', 'executing'])
    .orderBy('submitted')
    .orderBy('uuid')
    .execute()
  return rows.map(fromRow)
}

function selectRequests(
  db: Kysely<Database>,
  { involving, target, status, limit }: RequestFilter,
  place: Place | null,
) {
  const conditions = { status, limit, place, originator: null, target: null, except: null }
  if (target !== null) {
    const originator = involving === target ? null : involving
    return selectNewest(db, { ...conditions, target, originator })
  }
  if (involving === null) return selectNewest(db, conditions)
  // An OR over two columns would leave both indexes unused: each role is read by its own, in order, and merged.
  const asOriginator = selectNewest(db, { ...conditions, originator: involving })
  const asTargetOnly = selectNewest(db, { ...conditions, target: involving, except: involving })
  const merged = db
    .selectFrom(asOriginator.as('originated'))
    .selectAll()
    .unionAll(db.selectFrom(asTargetOnly.as('targeted')).selectAll())
  return db
    .selectFrom(merged.as('merged'))
    .selectAll()
    .orderBy('submitted', 'desc')
    .orderBy('uuid')
    .limit(limit)
}

interface Conditions {
  readonly status: RequestStatus | null
  readonly originator: string | null
  readonly target: string | null
  /** An originator whose requests are left out. */
  readonly except: string | null
  /** What is listed stands behind it. */
  readonly place: Place | null
  readonly limit: number
}

function selectNewest(
  db: Kysely<Database>,
  { status, originator, target, except, place, limit }: Conditions,
) {
  let query = db.selectFrom('requests').selectAll()
  if (status !== null) query = query.where('status', '=', status)
  if (originator !== null) query = query.where('originator_uuid', '=', originator)
  if (target !== null) query = query.where('target_uuid', '=', target)
  if (except !== null) query = query.where('originator_uuid', '<>', except)
  if (place !== null) {
    // The first condition alone is a range of the index, where one goes up and the other down.
    query = query
      .where('submitted', '<=', place.submitted)
      .where(({ or, eb }) => or([eb('submitted', '<', place.submitted), eb('uuid', '>', place.uuid)]))
  }
  return query.orderBy('submitted', 'desc').orderBy('uuid').limit(limit)
}

export async function insertRequest(db: Kysely<Database>, request: Request): Promise<void> {
  await db.insertInto('requests').values(toRow(request)).execute()
}

export async function updateRequest(db: Kysely<Database>, request: Request): Promise<void> {
  const { uuid, ...changes } = toRow(request)
  const result = await db
    .updateTable('requests')
    .set(changes)
    .where('uuid', '=', uuid)
    .executeTakeFirstOrThrow()
  requireUpdatedRow(result, `request ${uuid}`)
}

function toRow(request: Request): RequestTable {
  return {
    uuid: request.uuid,
    type: request.type,
    status: request.status,
    profile_template_uuid: request.profileTemplateUuid,
    profile_template_version: request.profileTemplateVersion,
    is_smartcard: toFlag(request.isSmartcard),
    is_enrollment_agent_required: toFlag(request.isEnrollmentAgentRequired),
    originator_uuid: request.originatorUuid,
    target_uuid: request.targetUuid,
    submitted: request.submitted.getTime(),
    completed: toMilliseconds(request.completed),
    new_profile_uuid: request.newProfileUuid,
    old_profile_uuid: request.oldProfileUuid,
    new_smartcard_uuid: request.newSmartcardUuid,
    old_smartcard_uuid: request.oldSmartcardUuid,
    priority: request.priority,
    comment: request.comment,
    data_collection: JSON.stringify(request.dataCollection),
    approvals_needed: request.approvalsNeeded,
    owner_sid: request.ownerSid,
    access_control: JSON.stringify(request.accessControl),
  }
}

function fromRow(row: RequestTable): Request {
  const dataCollection: readonly DataCollectionAnswer[] = JSON.parse(row.data_collection)
  const accessControl: readonly AccessControlEntry[] = JSON.parse(row.access_control)
  return {
    uuid: row.uuid,
    type: row.type,
    status: row.status,
    profileTemplateUuid: row.profile_template_uuid,
    profileTemplateVersion: row.profile_template_version,
    isSmartcard: fromFlag(row.is_smartcard),
    isEnrollmentAgentRequired: fromFlag(row.is_enrollment_agent_required),
    originatorUuid: row.originator_uuid,
    targetUuid: row.target_uuid,
    submitted: new Date(row.submitted),
    completed: fromMilliseconds(row.completed),
    newProfileUuid: row.new_profile_uuid,
    oldProfileUuid: row.old_profile_uuid,
    newSmartcardUuid: row.new_smartcard_uuid,
    oldSmartcardUuid: row.old_smartcard_uuid,
    priority: row.priority,
    comment: row.comment,
    dataCollection,
    approvalsNeeded: row.approvals_needed,
    ownerSid: row.owner_sid,
    accessControl,
  }
}
