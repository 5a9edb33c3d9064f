import { nearestName } from '../../core/nearest-name.ts'

/** The keys and indexes from the root to a value. */
export type Path = readonly (string | number)[]

export interface Problem {
  readonly path: Path
  /** What is wrong, such as "must be …". Contains at most a short scalar of the value. */
  readonly message: string
}

export type JsonSchema = { readonly [key: string]: unknown }

/**
 * Describes valid values. The check, the TypeScript type ({@link TypeOf}) and the JSON schema for editors are derived from it.
 */
export interface Schema<T> {
  check(value: unknown, path: Path, problems: Problem[]): void
  jsonSchema(): JsonSchema
  /** Exists only for the type. */
  readonly type?: T
}

export type TypeOf<S> = S extends Schema<infer T> ? T : never

interface Rule<T> {
  readonly mustBe: string
  readonly json: JsonSchema
  readonly test: (value: unknown) => boolean
  readonly type?: T
}

function scalar<T>({ mustBe, json, test }: Rule<T>, description?: string): Schema<T> {
  return {
    check: (value, path, problems) => {
      if (!test(value)) problems.push({ path, message: `must be ${mustBe}, got ${shown(value)}` })
    },
    jsonSchema: () => ({ ...json, ...(description !== undefined && { description }) }),
  }
}

export function text(description?: string): Schema<string> {
  return scalar({ mustBe: 'a text', json: { type: 'string' }, test: (value) => typeof value === 'string' }, description)
}

export function nonEmptyText(description?: string): Schema<string> {
  const test = (value: unknown) => typeof value === 'string' && value !== ''
  return scalar({ mustBe: 'a text that is not empty', json: { type: 'string', minLength: 1 }, test }, description)
}

export function flag(description?: string): Schema<boolean> {
  return scalar(
    { mustBe: 'true or false', json: { type: 'boolean' }, test: (value) => typeof value === 'boolean' },
    description,
  )
}

export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER, description?: string): Schema<number> {
  const isBounded = max !== Number.MAX_SAFE_INTEGER
  const mustBe = isBounded ? `a whole number from ${min} to ${max}` : `a whole number, ${min} or more`
  const test = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
  return scalar(
    { mustBe, json: { type: 'integer', minimum: min, ...(isBounded && { maximum: max }) }, test },
    description,
  )
}

export function share(description?: string): Schema<number> {
  const test = (value: unknown) => typeof value === 'number' && value > 0 && value <= 1
  return scalar(
    { mustBe: 'a number above 0, at most 1', json: { type: 'number', exclusiveMinimum: 0, maximum: 1 }, test },
    description,
  )
}

export function oneOf<const T extends string>(values: readonly T[], description?: string): Schema<T> {
  const mustBe = values.map((value) => `'${value}'`).join(' or ')
  return scalar({ mustBe, json: { enum: values }, test: (value) => values.includes(value as T) }, description)
}

/** A text with a check, such as for a pattern. The check returns what is wrong. */
export function checkedText(problemOf: (value: string) => string | undefined, description?: string): Schema<string> {
  return {
    check: (value, path, problems) => {
      const message = typeof value === 'string' ? problemOf(value) : `must be a text, got ${shown(value)}`
      if (message !== undefined) problems.push({ path, message })
    },
    jsonSchema: () => ({ type: 'string', ...(description !== undefined && { description }) }),
  }
}

export function pattern(description?: string): Schema<string> {
  return checkedText((value) => {
    try {
      new RegExp(value, 'u')
      return undefined
    } catch (error) {
      return `must be a regular expression: ${(error as Error).message}`
    }
  }, description)
}

export function list<T>(
  of: Schema<T>,
  { min = 0, description }: { min?: number; description?: string } = {},
): Schema<readonly T[]> {
  return {
    check: (value, path, problems) => {
      if (!Array.isArray(value)) return void problems.push({ path, message: `must be a list, got ${shown(value)}` })
      if (value.length < min)
        problems.push({ path, message: `must have at least ${min} ${min === 1 ? 'entry' : 'entries'}` })
      for (const [index, item] of value.entries()) of.check(item, [...path, index], problems)
    },
    jsonSchema: () => ({
      type: 'array',
      items: of.jsonSchema(),
      ...(min > 0 && { minItems: min }),
      ...(description !== undefined && { description }),
    }),
  }
}

/** A list whose entries have different values of a field. */
export function distinctBy<T>(field: string, of: Schema<readonly T[]>): Schema<readonly T[]> {
  return {
    check: (value, path, problems) => {
      of.check(value, path, problems)
      if (!Array.isArray(value)) return
      const names = value.map((entry) => (isObject(entry) ? entry[field] : undefined))
      for (const [index, name] of names.entries()) {
        if (name === undefined || names.indexOf(name) === index) continue
        problems.push({ path: [...path, index, field], message: `${shown(name)} is given twice` })
      }
    },
    jsonSchema: () => of.jsonSchema(),
  }
}

/** An object with any keys. */
export function record<T>(of: Schema<T>, description?: string): Schema<Readonly<Record<string, T>>> {
  return {
    check: (value, path, problems) => {
      if (!isObject(value)) return void problems.push({ path, message: `must be a mapping, got ${shown(value)}` })
      for (const [key, item] of Object.entries(value)) of.check(item, [...path, key], problems)
    },
    jsonSchema: () => ({
      type: 'object',
      additionalProperties: of.jsonSchema(),
      ...(description !== undefined && { description }),
    }),
  }
}

/** One of several forms. The first whose test is true is checked. */
export function either<A, B>(isFirst: (value: unknown) => boolean, first: Schema<A>, second: Schema<B>): Schema<A | B> {
  return {
    check: (value, path, problems) => (isFirst(value) ? first : second).check(value, path, problems),
    jsonSchema: () => ({ anyOf: [first.jsonSchema(), second.jsonSchema()] }),
  }
}

type Fields = Readonly<Record<string, Schema<unknown>>>
type OptionalFields<F extends Fields> = { readonly [Name in keyof F]?: TypeOf<F[Name]> }
type RequiredFields<F extends Fields> = { readonly [Name in keyof F]: TypeOf<F[Name]> }

export interface ObjectSchema<T> extends Schema<T> {
  readonly keys: readonly string[]
}

/** An object with these fields and no others. */
export function object<R extends Fields, O extends Fields = Record<never, never>>(
  required: R,
  optional: O = {} as O,
  description?: string,
): ObjectSchema<RequiredFields<R> & OptionalFields<O>> {
  const fields: Fields = { ...required, ...optional }
  const keys = Object.keys(fields)
  return {
    keys,
    check: (value, path, problems) => {
      if (!isObject(value)) return void problems.push({ path, message: `must be a mapping, got ${shown(value)}` })
      for (const [key, item] of Object.entries(value)) {
        const schema = Object.hasOwn(fields, key) ? fields[key] : undefined
        if (schema === undefined) problems.push({ path: [...path, key], message: unknownKey(key, keys) })
        else if (item !== undefined) schema.check(item, [...path, key], problems)
      }
      for (const key of Object.keys(required)) {
        if (value[key] === undefined) problems.push({ path, message: `${key} is missing` })
      }
    },
    jsonSchema: () => ({
      type: 'object',
      properties: Object.fromEntries(Object.entries(fields).map(([key, schema]) => [key, schema.jsonSchema()])),
      ...(Object.keys(required).length > 0 && { required: Object.keys(required) }),
      additionalProperties: false,
      ...(description !== undefined && { description }),
    }),
  }
}

/** A schema with a rule for several of its fields, which is checked if each of them is valid. */
export function together<T>(schema: Schema<T>, problemOf: (value: T) => string | undefined): Schema<T> {
  return {
    check: (value, path, problems) => {
      const before = problems.length
      schema.check(value, path, problems)
      const message = problems.length === before ? problemOf(value as T) : undefined
      if (message !== undefined) problems.push({ path, message })
    },
    jsonSchema: () => schema.jsonSchema(),
  }
}

/** One of several kinds of objects; a field names the kind. */
export function taggedBy<T>(tag: string, kinds: Readonly<Record<string, Schema<unknown>>>): Schema<T> {
  const names = Object.keys(kinds)
  return {
    check: (value, path, problems) => {
      if (!isObject(value)) return void problems.push({ path, message: `must be a mapping, got ${shown(value)}` })
      const name = value[tag]
      const kind = typeof name === 'string' && Object.hasOwn(kinds, name) ? kinds[name] : undefined
      if (kind !== undefined) return kind.check(value, path, problems)
      const nearest = typeof name === 'string' ? nearestName(name, names) : undefined
      const hint = nearest === undefined ? `; there are ${names.join(', ')}` : `; did you mean ${nearest}?`
      problems.push({
        path: name === undefined ? path : [...path, tag],
        message: name === undefined ? `${tag} is missing${hint}` : `there is no ${tag} ${shown(name)}${hint}`,
      })
    },
    jsonSchema: () => ({ oneOf: Object.values(kinds).map((kind) => kind.jsonSchema()) }),
  }
}

/** A constant text: the value of the field of {@link taggedBy}. */
export function constant<const T extends string>(value: T): Schema<T> {
  return scalar({ mustBe: `'${value}'`, json: { const: value }, test: (given) => given === value })
}

export function problemsIn<T>(schema: Schema<T>, value: unknown): Problem[] {
  const problems: Problem[] = []
  schema.check(value, [], problems)
  return problems
}

/** Formats a path: `inputs[2].paths[0]`. */
export function pathText(path: Path): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('')
}

function unknownKey(key: string, known: readonly string[]): string {
  const nearest = nearestName(key, known)
  return nearest === undefined ? 'there is no such option' : `there is no such option; did you mean ${nearest}?`
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Shows a value shortly, and not the content of an object, which might be a secret. */
function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'a mapping'
  return typeof value === 'function' ? 'a function' : String(value)
}
