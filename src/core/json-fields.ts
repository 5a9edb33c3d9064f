/** Finds each number that could have another text once it was read, and little else: most lines hold none. */
const MAY_CHANGE = /[:,[]\s*-?(?:\d[\d.]{15}|\d+\.\d*0(?=[\s,}\]])|[\d.]+[eE]|0\.00000)|[:,[]\s*-0/

const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Reads a JSON object as its fields. A number that JavaScript would write in another way than its source (an id of 64 bits,
 * a long decimal, `1.10`, `1e400`) is the text of its source; an object or array that holds such a number is its own source
 * without white space. Everything else is what `JSON.parse` gives. Of a repeated key the last counts, as there.
 *
 * Takes 1.4 times as long as `JSON.parse` where no number needs it, and 6 times where one does (`bench/json-fields.mjs`).
 *
 * @returns undefined for JSON that is no object
 * @throws SyntaxError for a text that is not JSON
 */
export function parseJsonFields(text: string): Record<string, unknown> | undefined {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  // Valid from here on: the scanner checks nothing.
  return MAY_CHANGE.test(text) ? scanFields(text) : (value as Record<string, unknown>)
}

function scanFields(text: string): Record<string, unknown> {
  const fields: [string, unknown][] = []
  let at = skipBlanks(text, skipBlanks(text, 0) + 1)
  while (text[at] !== '}') {
    const keyEnd = stringEnd(text, at)
    const from = skipBlanks(text, skipBlanks(text, keyEnd) + 1)
    const to = valueEnd(text, from)
    fields.push([stringValue(text.slice(at, keyEnd)), fieldValue(text.slice(from, to))])
    at = skipBlanks(text, to)
    if (text[at] === ',') at = skipBlanks(text, at + 1)
  }
  // Not by assignment: a key may be `__proto__`.
  return Object.fromEntries(fields)
}

function fieldValue(source: string): unknown {
  switch (source[0]) {
    case '"':
      return stringValue(source)
    case '{':
    case '[':
      return MAY_CHANGE.test(source) ? withoutBlanks(source) : JSON.parse(source)
    case 't':
    case 'f':
    case 'n':
      return JSON.parse(source)
    default: {
      const value = Number(source)
      return String(value) === source ? value : source
    }
  }
}

function stringValue(source: string): string {
  return source.includes('\\') ? (JSON.parse(source) as string) : source.slice(1, -1)
}

/** Behind the value that begins at `at`. */
function valueEnd(text: string, at: number): number {
  if (text.charCodeAt(at) === QUOTE) return stringEnd(text, at)
  let depth = 0
  for (let end = at; end < text.length; ) {
    const char = text[end]!
    if (char === '"') {
      end = stringEnd(text, end)
      continue
    }
    if (depth === 0 && (char === ',' || char === '}' || char === ']' || isBlank(char))) return end
    if (char === '{' || char === '[') depth++
    if ((char === '}' || char === ']') && --depth === 0) return end + 1
    end++
  }
  return text.length
}

/** Behind the string that begins at `at`. A loop: a regular expression runs out of stack in a string of megabytes. */
function stringEnd(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); ; end = text.indexOf('"', end + 1)) {
    let first = end
    while (text.charCodeAt(first - 1) === BACKSLASH) first--
    if ((end - first) % 2 === 0) return end + 1
  }
}

function withoutBlanks(source: string): string {
  const pieces: string[] = []
  let from = 0
  for (let at = 0; at < source.length; ) {
    if (source[at] === '"') at = stringEnd(source, at)
    else if (!isBlank(source[at]!)) at++
    else {
      pieces.push(source.slice(from, at))
      from = at = skipBlanks(source, at)
    }
  }
  return pieces.join('') + source.slice(from)
}

function skipBlanks(text: string, from: number): number {
  let at = from
  while (at < text.length && isBlank(text[at]!)) at++
  return at
}

function isBlank(char: string): boolean {
  return char === ' ' || char === '\n' || char === '\r' || char === '\t'
}
