import type { ColumnTypes } from '../column-types.ts'

/** Every card so far is a GIDS card. */
export function adminKeyTypes({ text, integer }: ColumnTypes): readonly string[] {
  return [
    `alter table physical_cards add column admin_key_type ${text} not null default 'GIDS-3DES'`,
    `alter table physical_cards add column unblocking_key_generation ${integer} not null default 0`,
    `alter table physical_cards add column unblocking_key_request_uuid ${text}`,
  ]
}
