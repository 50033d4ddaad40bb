import { carefulDriverContract, type PreparedCard, smartCardContract } from '../../smart-card-contract.ts'
import { adminKey, cardId, personalCard, pin } from '../gids-host.ts'
import { connectionTo, open } from './connected-card.ts'

async function prepare(): Promise<PreparedCard> {
  const { card } = await personalCard()
  return {
    cardId,
    adminKey,
    pin,
    adminTries: 5,
    pinTries: 5,
    maximumKeys: 30,
    algorithms: [
      { algorithm: 'EC', curve: 'P-256' },
      { algorithm: 'EC', curve: 'P-384' },
      { algorithm: 'RSA', keySize: 2048 },
    ],
    connect: () => open(connectionTo(card)),
  }
}

smartCardContract('the GIDS driver with the virtual card', prepare)
carefulDriverContract('the GIDS driver with the virtual card', prepare)
