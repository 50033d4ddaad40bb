import type { ColumnTypes } from '../column-types.ts'

/** What was told and not confirmed until now was the generation above the confirmed one. */
export function toldUnblockingKeys({ text, integer, tableOptions }: ColumnTypes): readonly string[] {
  return [
    `create table told_unblocking_keys (
      card_id ${text} not null references physical_cards (card_id),
      request_uuid ${text} not null,
      generation ${integer} not null,
      primary key (card_id, request_uuid),
      unique (card_id, generation)
    ) ${tableOptions}`,
    `insert into told_unblocking_keys (card_id, request_uuid, generation)
      select card_id, unblocking_key_request_uuid, unblocking_key_generation + 1 from physical_cards
      where unblocking_key_request_uuid is not null`,
    'alter table physical_cards drop column unblocking_key_request_uuid',
  ]
}
