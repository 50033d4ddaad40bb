// A card in vpcd's reader that tells its answer to reset and then answers no command, until its input ends.
import { connect } from 'node:net'

const answerToReset = Buffer.from('3b8d0180fba000000397425446590301c8', 'hex')
const socket = connect({ host: '127.0.0.1', port: 35_963 })
let received = Buffer.alloc(0)
socket.on('data', chunk => {
  received = Buffer.concat([received, chunk])
  while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
    const message = received.subarray(2, 2 + received.readUInt16BE(0))
    received = received.subarray(2 + message.length)
    if (message.length === 1 && message[0] === 4) {
      socket.write(Buffer.concat([Buffer.from([0, answerToReset.length]), answerToReset]))
    }
  }
})
socket.on('error', () => undefined)
process.stdin.resume().once('end', () => process.exit())
