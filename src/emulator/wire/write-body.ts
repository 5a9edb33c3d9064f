import { limits } from '../../sls/limits.ts'
import { headerOf, type Request } from '../http/request.ts'
import { refusal, ServiceError } from '../http/service-error.ts'
import { wholeNumberOf } from '../http/whole-number.ts'
import { checkSize, decompressed } from './compression.ts'
import { jsonLogGroup } from './json-log-group.ts'
import { decodePackages } from './log-group.ts'
import { checkLogGroup, type LogGroupSummary } from './log-group-check.ts'

/** A LogGroup of a write: the uncompressed bytes as received, with metadata. */
export interface ReceivedGroup extends LogGroupSummary {
  readonly bytes: Buffer
}

const BATCH_GROUP_BYTES = 50 * 1024 * 1024
const COMPRESS_TYPES = ['none', 'deflate', 'lz4', 'zstd']

/** The largest body that is read for a request. Incompressible data may be slightly larger than its raw size. */
export function bodyLimitOf(headers: Request['headers']): number {
  const limit = headerOf(headers, 'x-log-mode') === 'batch_group' ? BATCH_GROUP_BYTES : limits.serverBodyInBytes
  return limit + Math.ceil(limit / 255) + 1024
}

/** The LogGroups of a write, after all checks of the body. */
export function receivedGroups(request: Request): ReceivedGroup[] {
  const type = contentTypeOf(request)
  if (isBatch(request)) return unpacked(request).map(received)
  const raw = rawBody(request)
  if (type !== 'application/json') return [received(raw)]
  const group = jsonLogGroup(raw, Math.floor(request.nowMs / 1000))
  checkSize(group.length)
  return [received(group)]
}

/**
 * The uncompressed body. The declared raw size is required and used only for a compressed body, because official clients
 * send wrong ones, or none, with uncompressed bodies.
 */
export function rawBody({ headers, body }: Request): Buffer {
  const header = headerOf(headers, 'x-log-bodyrawsize')
  const declared = wholeNumberOf(header)
  if (header !== undefined && (declared === undefined || declared < 0)) {
    throw refusal('InvalidBodyRawSize', 'x-log-bodyrawsize is invalid')
  }
  const compressType = headerOf(headers, 'x-log-compresstype')
  if (compressType === undefined || compressType === '') {
    checkSize(body.length)
    return body
  }
  if (declared === undefined) {
    throw refusal('MissingBodyRawSize', 'x-log-bodyrawsize does not exist in header when it is necessary')
  }
  return decompressed(body, compressType, declared)
}

function contentTypeOf({ headers, body }: Request): string {
  const type = headerOf(headers, 'content-type')?.split(';')[0]?.trim().toLowerCase()
  if (headerOf(headers, 'content-length') === undefined) {
    throw refusal('MissingContentLength', 'Content-Length does not exist in http header when it is necessary')
  }
  if (type === undefined && body.length > 0) {
    throw refusal('MissingContentType', 'Content-Type does not exist in http header when body is not empty')
  }
  if (type !== undefined && type !== 'application/x-protobuf' && type !== 'application/json') {
    throw refusal('InvalidContentType', `Content-Type ${type} is unsupported`)
  }
  return type ?? 'application/x-protobuf'
}

function received(bytes: Buffer): ReceivedGroup {
  return { bytes, ...parsed(() => checkLogGroup(bytes)) }
}

function isBatch({ headers }: Request): boolean {
  return headerOf(headers, 'x-log-mode') === 'batch_group'
}

/**
 * The packages of a batch. The body itself is usually not compressed: the Java SDK names the compression of the content of
 * the packages in `x-log-compresstype`. Only if the body is not a list of packages does the header refer to the body.
 */
function packagesOf(request: Request): ReturnType<typeof decodePackages> {
  if ((headerOf(request.headers, 'x-log-compresstype') ?? '') === '') return parsed(() => decodePackages(request.body))
  try {
    return decodePackages(request.body)
  } catch {
    const raw = rawBody(request)
    return parsed(() => decodePackages(raw))
  }
}

function unpacked(request: Request): Buffer[] {
  const packages = packagesOf(request)
  // The sum as well: a thousand packages, each below its limit, may together be a decompression bomb.
  const declared = packages.reduce((sum, { UncompressSize }) => sum + Math.max(0, UncompressSize), 0)
  if (declared > BATCH_GROUP_BYTES) throw refusal('PostBodyTooLarge', `the packages declare ${declared} bytes`)
  return packages.map(({ Data, UncompressSize, CompressType }) => {
    const bytes = Buffer.from(Data)
    const type = COMPRESS_TYPES[CompressType] ?? String(CompressType)
    if (type !== 'none') return decompressed(bytes, type, Math.max(0, UncompressSize))
    checkSize(bytes.length)
    return bytes
  })
}

function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof ServiceError) throw error
    throw refusal('PostBodyInvalid', `Protobuffer content cannot be parsed: ${(error as Error).message}`)
  }
}
