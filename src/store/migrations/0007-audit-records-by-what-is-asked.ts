/** Audit records are listed by time, and, in that order, of one action, object, person or request alone. */
export function auditRecordsByWhatIsAsked(): readonly string[] {
  return [
    'create index audit_records_by_time on audit_records (at, sequence)',
    'create index audit_records_by_action on audit_records (action, at, sequence)',
    'create index audit_records_by_subject on audit_records (subject, at, sequence)',
    `create index audit_records_by_actor on audit_records (actor_uuid, at, sequence)
      where actor_uuid is not null`,
    `create index audit_records_of_request on audit_records (request_uuid, at, sequence)
      where request_uuid is not null`,
    'drop index audit_records_by_request',
  ]
}
