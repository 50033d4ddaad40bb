import { cancelEnrollment } from '../../client/enrollment/cancel-enrollment.ts'
import type { JournalFile } from '../../client/enrollment/journal-file.ts'
import { printJson, printLines } from '../terminal/print.ts'
import { cardPlaceOf } from './card-place.ts'
import { type CarryOutValues, carryOut } from './carry-out.ts'
import type { CardValues, SoftwareValues } from './enrollment-options.ts'
import { discardKeys } from './key-store-place.ts'
import type { SignedIn } from './sign-in.ts'

/** `--cancel`: gives an interrupted request up. The card is cleaned where the options or the request name its place. */
export async function cancelRequest(
  signedIn: SignedIn,
  keeper: JournalFile,
  values: CardValues & CarryOutValues & SoftwareValues,
): Promise<void> {
  const { target } = keeper.journal
  const isAtHand = values.reader !== undefined || values.virtual !== undefined || target.kind === 'virtual'
  const place = isAtHand ? cardPlaceOf(values, target) : null
  const sentences = await carryOut(signedIn, keeper, values, (run, person) =>
    cancelEnrollment(run, place === null ? null : () => place.open(), person, () => discardKeys(values, run)),
  )
  if (values.json) printJson({ canceled: true, facts: sentences })
  else printLines(...sentences)
}
