// Loaded into an agent before its own code (`--import`): its wall clock is that of a machine whose time is set while it runs. What the
// parent sends as `clockOffsetMs` is how far it is off; monotonic time and timers stay as they are, as they do on such a machine.
let offsetMs = Number(process.env.CLOCK_OFFSET_MS ?? 0)
const RealDate = Date
const now = () => RealDate.now() + offsetMs

globalThis.Date = new Proxy(RealDate, {
  apply: () => new RealDate(now()).toString(),
  construct: (target, args) => new target(...(args.length === 0 ? [now()] : args)),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
})

process.on('message', ({ clockOffsetMs }) => {
  offsetMs = clockOffsetMs
})
// It does not keep the agent alive.
process.channel?.unref()
