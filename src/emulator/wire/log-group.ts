import protobuf from 'protobufjs'

/** The messages of the service. Values are bytes, because not every client sends UTF-8. */
const SCHEMA = `
syntax = "proto2";
message Log {
  message Content { required string Key = 1; required bytes Value = 2; }
  required uint32 Time = 1;
  repeated Content Contents = 2;
  optional fixed32 TimeNs = 4;
}
message LogTag { required string Key = 1; required string Value = 2; }
message LogGroup {
  repeated Log Logs = 1;
  optional string Topic = 3;
  optional string Source = 4;
  repeated LogTag LogTags = 6;
}
message LogGroupList { repeated LogGroup LogGroups = 1; }
message SlsLogPackage {
  required bytes Data = 1;
  optional int32 UncompressSize = 2;
  optional int32 CompressType = 3 [default = 2];
}
message SlsLogPackageList { repeated SlsLogPackage Packages = 1; }
`

/** A decoded log. */
export interface DecodedLog {
  /** Epoch seconds. */
  readonly Time: number
  readonly TimeNs?: number
  readonly Contents: readonly { readonly Key: string; readonly Value: Uint8Array }[]
}

/** A decoded LogGroup. */
export interface DecodedLogGroup {
  readonly Logs: readonly DecodedLog[]
  readonly Topic?: string
  readonly Source?: string
  readonly LogTags: readonly { readonly Key: string; readonly Value: string }[]
}

/** A package of a batch: a LogGroup, usually compressed. */
export interface DecodedPackage {
  readonly Data: Uint8Array
  readonly UncompressSize: number
  readonly CompressType: number
}

const { root } = protobuf.parse(SCHEMA, { keepCase: true })
const logGroup = root.lookupType('LogGroup')
const packageList = root.lookupType('SlsLogPackageList')

/** Decodes a LogGroup. Throws if a required field is missing or a length is wrong. Any order of fields and unknown fields are accepted. */
export function decodeLogGroup(bytes: Uint8Array): DecodedLogGroup {
  return logGroup.decode(bytes) as unknown as DecodedLogGroup
}

/** Encodes a LogGroup. */
export function encodeLogGroup(group: DecodedLogGroup): Buffer {
  return Buffer.from(logGroup.encode(logGroup.fromObject(group)).finish())
}

/** Decodes the packages of a batch. Throws if the bytes are not a list of packages. */
export function decodePackages(bytes: Uint8Array): readonly DecodedPackage[] {
  return (packageList.decode(bytes) as unknown as { Packages: DecodedPackage[] }).Packages
}

/** The body of a PullLogs answer: groups as they were received, each with its tag and length. */
export function logGroupList(groups: readonly Uint8Array[]): Buffer {
  const parts: Uint8Array[] = []
  for (const group of groups) {
    parts.push(protobuf.Writer.create().uint32(10).uint32(group.length).finish(), group)
  }
  return Buffer.concat(parts)
}

/** Decodes bytes as UTF-8. Invalid bytes become U+FFFD. */
export function textOf(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')
}
