import { parseArgs } from 'node:util'

export function readOptions(args) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        seconds: { type: 'string', default: '10' },
        rate: { type: 'string', default: '2000' },
        kill: { type: 'boolean', default: false },
      },
    })
    return {
      kill: values.kill,
      seconds: numberFrom('seconds', values.seconds, 1),
      rate: numberFrom('rate', values.rate, 0),
    }
  } catch (error) {
    console.error(`${error.message}\nUsage: npm run demo -- [--seconds N] [--rate N] [--kill]`)
    process.exit(2)
  }
}

function numberFrom(name, text, least) {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < least) {
    throw new Error(`--${name} must be a number, ${least} or more, got '${text}'`)
  }
  return value
}
