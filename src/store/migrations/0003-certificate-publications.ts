import type { ColumnTypes } from '../column-types.ts'

/** One row for each certificate that stands in the company's directory, or shall: when it is looked at next. */
export function certificatePublications({ text, integer, tableOptions }: ColumnTypes): readonly string[] {
  return [
    `create table certificate_publications (
      certificate_uuid ${text} primary key references certificates (uuid),
      due_at ${integer} not null,
      generation ${integer} not null,
      attempts ${integer} not null
    ) ${tableOptions}`,
    'create index certificate_publications_by_due on certificate_publications (due_at, certificate_uuid)',
  ]
}
