import { defineCommand } from '../define-command.ts'
import { keepYoungGenerationSmall } from '../server/keep-young-generation-small.ts'

export const serveCommand = defineCommand({
  name: 'serve',
  operands: [],
  about: 'Runs the server until it is told to stop.',
  options: {},
  help: {},
  async run({ configuration }) {
    keepYoungGenerationSmall()
    const { serve } = await import('../server/serve.ts')
    await serve(configuration())
  },
})
