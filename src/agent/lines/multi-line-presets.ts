/** Decides for each line whether it continues the log. There is a new rule for each log. */
export interface ContinuationRule {
  /** The first line of the log. */
  begins(line: string): void
  continues(line: string): boolean
}

export const MULTI_LINE_PRESETS = ['java', 'python', 'go', 'node', 'indented'] as const
export type MultiLinePreset = (typeof MULTI_LINE_PRESETS)[number]

export function presetRule(preset: MultiLinePreset): ContinuationRule {
  switch (preset) {
    case 'java':
      return { begins() {}, continues: (line) => JAVA.test(line) }
    case 'python':
      return new PythonRule()
    case 'go':
      return new GoRule()
    case 'node':
      return new NodeRule()
    case 'indented':
      return { begins() {}, continues: (line) => INDENTED.test(line) }
  }
}

const INDENTED = /^\s+\S/

// Frames and other indented lines, causes, and the line of the exception, whose class name has a package.
const JAVA =
  /^(?:\s+\S|(?:Caused by|Suppressed|Wrapped by): |(?:[\w$]+\.)+[\w$]*(?:Exception|Error|Throwable|Failure)\b)/

/** A traceback is indented, except for its first line and the exception after it, which may have any name. */
class PythonRule implements ContinuationRule {
  #isWithin = false
  #hasEnded = false

  begins(line: string): void {
    this.#isWithin = PYTHON_HEAD.test(line)
  }

  continues(line: string): boolean {
    if (PYTHON_HEAD.test(line)) {
      this.#isWithin = true
      return true
    }
    if (/^\s+\S/.test(line)) return true
    if (this.#isWithin) {
      this.#isWithin = false
      this.#hasEnded = true
      return true
    }
    // Between the traceback of an exception and that of one that was raised while it was handled.
    return this.#hasEnded && (line === '' || PYTHON_CHAIN.test(line))
  }
}

const PYTHON_HEAD = /^\s*(?:[+|] )?\s*(?:Exception Group )?Traceback \(most recent call last\):/
const PYTHON_CHAIN = /^(?:During handling of the above exception|The above exception was the direct cause)/

/** A panic or a dump of goroutines: functions are not indented, their source lines are. */
class GoRule implements ContinuationRule {
  #isDump = false

  begins(line: string): void {
    this.#isDump = GO_HEAD.test(line)
  }

  continues(line: string): boolean {
    if (/^goroutine \d+ \[/.test(line)) this.#isDump = true
    if (this.#isDump) return line === '' || GO_LINE.test(line)
    return INDENTED.test(line)
  }
}

const GO_HEAD = /(?:^|\s)(?:panic: |fatal error: |goroutine \d+ \[)/
const GO_LINE = /^(?:\s|goroutine \d+ \[|created by |\[signal |exit status |panic: |[\w./*(){}[\]~%·-]+\(.*\)$|main\.)/

/** Frames and printed properties of an error, and the output of Node for an uncaught error. */
class NodeRule implements ContinuationRule {
  #isUncaught = false

  begins(line: string): void {
    this.#isUncaught = NODE_PLACE.test(line)
  }

  continues(line: string): boolean {
    if (!this.#isUncaught) return /^(?:\s+\S|[}\])]+,?$)/.test(line)
    if (/^Node\.js v\d+/.test(line)) this.#isUncaught = false
    return true
  }
}

const NODE_PLACE = /^(?:node:|file:\/\/|\/|[A-Za-z]:\\)\S.*:\d+$/
