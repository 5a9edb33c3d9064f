// The Log Service breaks down for a quarter of the time. It refuses everything or drops the connection; and now and then
// it does the worst: stores a batch and loses the answer. The producer cannot know, and sends that batch again.
const BROKEN = [
  { reset: 'after' }, // stored, and no answer
  { status: 503, errorCode: 'ServerBusy' },
  { status: 503, errorCode: 'ServerBusy' },
  { reset: 'before' },
  { status: 500, errorCode: 'InternalServerError' },
  { status: 503, errorCode: 'ServerBusy' },
  { status: 503, errorCode: 'ServerBusy' },
]

export function scheduleOutage(emulator, seconds, told = () => {}) {
  let rule
  let writes = 0
  const begin = () => {
    told(true)
    rule = emulator.script({ match: { method: 'POST' }, then: () => BROKEN[writes++ % BROKEN.length] })
  }
  const end = () => {
    clearTimeout(beginTimer)
    clearTimeout(endTimer)
    rule?.remove()
    rule = undefined
  }
  const beginTimer = setTimeout(begin, seconds * 400)
  const endTimer = setTimeout(() => {
    end()
    told(false)
  }, seconds * 650)
  return {
    get active() {
      return rule !== undefined
    },
    end,
  }
}
