// Loaded before `cardinal`: signals the process from within once it has written so many lines, and at the next line at the
// latest. From outside, on a busy machine, the signal comes when all is done.
const { SIGNAL_AFTER_LINES = '' } = process.env
const [signal = '', lines = '', longestMilliseconds = ''] = SIGNAL_AFTER_LINES.split(' ')
let written = 0
let isGiven = false

function give(): void {
  if (!isGiven) process.kill(process.pid, signal)
  isGiven = true
}

process.stdout.write = new Proxy(process.stdout.write, {
  apply(write, stream, args) {
    if (written >= Number(lines)) give()
    const result = Reflect.apply(write, stream, args)
    written += String(args[0]).split('\n').length - 1
    // Within the step that follows.
    if (written >= Number(lines)) setTimeout(give, Math.random() * Number(longestMilliseconds)).unref()
    return result
  },
})
