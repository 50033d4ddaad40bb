import type { ColumnTypes } from '../column-types.ts'

/**
 * Foreign keys are checked at once. Deferred ones would have SQLite look through the whole referring table for rows that
 * waited for a new parent. There are none on people and certification authorities, which need not live in this database.
 */
export function initialSchema({
  text,
  integer,
  bytes,
  sequence,
  tableOptions,
}: ColumnTypes): readonly string[] {
  const version =
    'foreign key (profile_template_uuid, profile_template_version) references profile_template_versions'
  return [
    `create table organisation (
      id ${integer} primary key check (id = 1),
      name ${text} not null,
      domain ${text} not null,
      dns_name ${text} not null,
      domain_sid ${text} not null,
      service_account_sid ${text} not null
    ) ${tableOptions}`,

    `create table users (
      uuid ${text} primary key,
      sid ${text} not null unique,
      domain ${text} not null,
      account_name ${text} not null,
      display_name ${text} not null,
      user_principal_name ${text},
      mail ${text},
      distinguished_name ${text} not null,
      is_enabled ${integer} not null,
      folded_domain ${text} not null,
      folded_account_name ${text} not null,
      folded_user_principal_name ${text} unique,
      unique (folded_account_name, folded_domain)
    ) ${tableOptions}`,

    `create table local_accounts (
      user_uuid ${text} primary key references users (uuid),
      password_hash ${text} not null
    ) ${tableOptions}`,

    `create table groups (
      uuid ${text} primary key,
      sid ${text} not null unique,
      name ${text} not null,
      folded_name ${text} not null unique
    ) ${tableOptions}`,

    `create table group_members (
      group_uuid ${text} not null references groups (uuid),
      member_sid ${text} not null,
      primary key (group_uuid, member_sid)
    ) ${tableOptions}`,
    'create index group_members_by_member on group_members (member_sid, group_uuid)',

    `create table role_assignments (
      role ${text} not null,
      trustee ${text} not null,
      primary key (role, trustee)
    ) ${tableOptions}`,

    `create table user_grants (
      trustee ${text} not null,
      over_sid ${text} not null,
      rights ${text} not null,
      primary key (trustee, over_sid)
    ) ${tableOptions}`,

    `create table sessions (
      token_hash ${text} primary key,
      user_uuid ${text} not null,
      begun_at ${integer} not null,
      last_seen_at ${integer} not null
    ) ${tableOptions}`,
    'create index sessions_by_last_seen on sessions (last_seen_at)',
    'create index sessions_by_begun on sessions (begun_at)',

    `create table profile_template_versions (
      uuid ${text} not null,
      version ${integer} not null,
      is_current ${integer} not null,
      name ${text} not null,
      document ${text} not null,
      primary key (uuid, version)
    ) ${tableOptions}`,
    'create unique index current_profile_templates on profile_template_versions (uuid) where is_current = 1',
    'create index current_profile_templates_by_name on profile_template_versions (name, uuid) where is_current = 1',

    `create table certificate_templates (
      common_name ${text} primary key,
      document ${text} not null
    ) ${tableOptions}`,

    `create table requests (
      uuid ${text} primary key,
      type ${text} not null,
      status ${text} not null,
      profile_template_uuid ${text} not null,
      profile_template_version ${integer} not null,
      is_smartcard ${integer} not null,
      is_enrollment_agent_required ${integer} not null,
      originator_uuid ${text} not null,
      target_uuid ${text} not null,
      submitted ${integer} not null,
      completed ${integer},
      new_profile_uuid ${text},
      old_profile_uuid ${text},
      new_smartcard_uuid ${text},
      old_smartcard_uuid ${text},
      priority ${integer} not null,
      comment ${text} not null,
      data_collection ${text} not null,
      approvals_needed ${integer} not null,
      owner_sid ${text} not null,
      access_control ${text} not null,
      ${version}
    ) ${tableOptions}`,
    'create index requests_by_submitted on requests (submitted desc, uuid)',
    'create index requests_by_status on requests (status, submitted desc, uuid)',
    'create index requests_by_target on requests (target_uuid, submitted desc, uuid)',
    'create index requests_by_target_status on requests (target_uuid, status, submitted desc, uuid)',
    'create index requests_by_originator on requests (originator_uuid, submitted desc, uuid)',
    'create index requests_by_old_profile on requests (old_profile_uuid, submitted, uuid)',
    'create index requests_by_originator_status on requests (originator_uuid, status, submitted desc, uuid)',

    `create table approvals (
      request_uuid ${text} not null references requests (uuid),
      approver_uuid ${text} not null,
      decision ${text} not null,
      decided_at ${integer} not null,
      comment ${text} not null,
      primary key (request_uuid, approver_uuid)
    ) ${tableOptions}`,

    `create table physical_cards (
      card_id ${text} primary key,
      master_key_version ${integer}
    ) ${tableOptions}`,

    `create table profiles (
      sequence ${sequence},
      uuid ${text} not null unique,
      status ${text} not null,
      flags ${text} not null,
      assigned_user_uuid ${text} not null,
      smartcard_uuid ${text},
      profile_template_uuid ${text} not null,
      profile_template_version ${integer} not null,
      parent_profile_uuid ${text},
      primary_profile_uuid ${text},
      comment ${text} not null,
      ${version}
    ) ${tableOptions}`,
    'create index profiles_by_user on profiles (assigned_user_uuid, sequence desc)',
    'create index profiles_by_user_status on profiles (assigned_user_uuid, status, sequence desc)',

    `create table smartcards (
      sequence ${sequence},
      uuid ${text} not null unique,
      card_id ${text} not null,
      status ${text} not null,
      flags ${text} not null,
      assigned_user_uuid ${text} not null,
      profile_uuid ${text} not null references profiles (uuid),
      profile_template_uuid ${text} not null,
      profile_template_version ${integer} not null,
      parent_smartcard_uuid ${text},
      primary_smartcard_uuid ${text},
      permanent_smartcard_uuid ${text},
      comment ${text} not null,
      middleware ${text} not null,
      answer_to_reset ${text} not null,
      ${version}
    ) ${tableOptions}`,
    'create index smartcards_by_card on smartcards (card_id, sequence desc)',
    'create index smartcards_by_user on smartcards (assigned_user_uuid, sequence desc)',

    `create table sealed_pins (
      smartcard_uuid ${text} primary key references smartcards (uuid),
      sealed ${bytes} not null
    ) ${tableOptions}`,

    `create table certificates (
      sequence ${sequence},
      uuid ${text} not null unique,
      serial_number ${text} not null,
      state ${text} not null,
      request_uuid ${text} not null references requests (uuid),
      profile_uuid ${text} not null references profiles (uuid),
      owner_uuid ${text} not null,
      certificate_template ${text} not null,
      certification_authority_uuid ${text} not null,
      certification_request_hash ${text} not null,
      tbs_certificate ${bytes} not null,
      certificate ${bytes},
      thumbprint ${text},
      not_before ${integer} not null,
      not_after ${integer} not null,
      issuer_name ${text} not null,
      requester_name ${text} not null,
      revoked_at ${integer},
      revocation_reason ${text},
      unique (certification_authority_uuid, serial_number)
    ) ${tableOptions}`,
    // No request ever gets a second certificate of the same template, whatever became of the first.
    `create unique index certificates_of_request on certificates (request_uuid, certificate_template)
      where state <> 'failed'`,
    'create index certificates_by_request on certificates (request_uuid, sequence)',
    'create index certificates_by_profile on certificates (profile_uuid, sequence desc)',
    'create index certificates_by_owner on certificates (owner_uuid, sequence desc)',
    "create index prepared_certificates on certificates (sequence) where state = 'prepared'",
    `create index revoked_certificates on certificates (certification_authority_uuid, not_after)
      where revoked_at is not null`,

    `create table serial_numbers (
      certification_authority_uuid ${text} not null,
      serial_number ${text} not null,
      primary key (certification_authority_uuid, serial_number)
    ) ${tableOptions}`,

    `create table revocation_lists (
      certification_authority_uuid ${text} not null,
      number ${integer} not null,
      der ${bytes} not null,
      this_update ${integer} not null,
      next_update ${integer} not null,
      primary key (certification_authority_uuid, number)
    ) ${tableOptions}`,

    `create table certification_authorities (
      sequence ${sequence},
      uuid ${text} not null unique,
      kind ${text} not null,
      name ${text} not null,
      certificate ${bytes} not null,
      sealed_private_key ${bytes} not null
    ) ${tableOptions}`,

    `create table card_master_keys (
      version ${integer} primary key,
      sealed_secret ${bytes} not null
    ) ${tableOptions}`,

    `create table audit_records (
      sequence ${sequence},
      at ${integer} not null,
      action ${text} not null,
      actor_uuid ${text},
      request_uuid ${text},
      subject ${text} not null,
      facts ${text} not null,
      correlation_id ${text}
    ) ${tableOptions}`,
    'create index audit_records_by_request on audit_records (request_uuid, sequence)',
  ]
}
