import type { ColumnTypes } from '../column-types.ts'

/** Whoever was signed in signs in again: sessions that were begun before say neither who they are nor how they began. */
export function sessionsAndApiTokens({ text, integer, tableOptions }: ColumnTypes): readonly string[] {
  return [
    'drop table sessions',
    `create table sessions (
      uuid ${text} primary key,
      token_hash ${text} not null unique,
      offered_token_hash ${text} unique,
      previous_token_hash ${text} unique,
      offered_at ${integer},
      renewed_at ${integer} not null,
      user_uuid ${text} not null,
      scheme ${text} not null,
      address ${text} not null,
      begun_at ${integer} not null,
      last_seen_at ${integer} not null
    ) ${tableOptions}`,
    'create index sessions_by_user on sessions (user_uuid, last_seen_at)',
    'create index sessions_by_last_seen on sessions (last_seen_at)',
    'create index sessions_by_begun on sessions (begun_at)',

    `create table api_tokens (
      uuid ${text} primary key,
      token_hash ${text} not null unique,
      user_uuid ${text} not null,
      name ${text} not null,
      scopes ${text} not null,
      created_at ${integer} not null,
      expires_at ${integer} not null,
      last_used_at ${integer}
    ) ${tableOptions}`,
    'create index api_tokens_by_user on api_tokens (user_uuid, created_at)',
  ]
}
