/// <reference path="./console-page.d.ts" />
import { createHash } from 'node:crypto'
import { type Answer, emptyAnswer, textAnswer } from '../server/answer.ts'
import { HttpError } from '../server/http-error.ts'
import type { HttpRoute } from '../server/routed.ts'
import type { RoutedRequest } from '../server/routed-request.ts'

const CONSOLE_PATH = '/console'

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/**
 * The content of logs is not trusted. The page shows it as text; should that ever fail, these headers prevent scripts in it
 * from running and from sending anything to another server.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** The page of the console and its files. They are static; the page reads its data from the feeds. */
export function pageRoutes(): HttpRoute[] {
  return [
    { method: 'GET', path: CONSOLE_PATH, handle: (request) => fileAnswer('index.html', request) },
    { method: 'GET', path: `${CONSOLE_PATH}/`, handle: (request) => fileAnswer('index.html', request) },
    {
      method: 'GET',
      path: `${CONSOLE_PATH}/:file`,
      handle: (request) => fileAnswer(request.params.file as string, request),
    },
  ]
}

async function fileAnswer(name: string, { path, headers: sent }: RoutedRequest): Promise<Answer> {
  // Loaded on use: about 100 KB that most runs of an emulator or an agent never need.
  const { default: files } = await import('virtual:console-page')
  const text = Object.hasOwn(files, name) ? files[name] : undefined
  if (text === undefined) throw new HttpError(404, `there is nothing at ${path}`)
  const etag = `"${createHash('sha256').update(text).digest('base64url')}"`
  const headers = { ...PAGE_HEADERS, 'cache-control': 'no-cache', etag }
  if (sent['if-none-match'] === etag) return emptyAnswer({ status: 304, headers })
  const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] as string
  return textAnswer(text, { headers: { ...headers, 'content-type': type } })
}
