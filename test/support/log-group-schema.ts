import protobuf from 'protobufjs'

/** The schema as another implementation reads it; values as bytes, because the service takes any. */
const { root } = protobuf.parse(`
  syntax = "proto2";
  message Log {
    required uint32 time = 1;
    message Content { required string key = 1; required bytes value = 2; }
    repeated Content contents = 2;
    optional fixed32 timeNs = 4;
  }
  message LogTag { required string key = 1; required string value = 2; }
  message LogGroup {
    repeated Log logs = 1;
    optional string topic = 3;
    optional string source = 4;
    optional string machineUUID = 5;
    repeated LogTag logTags = 6;
  }
  message LogGroupList { repeated LogGroup groups = 1; }
`)

export interface PeerLog {
  time: number
  timeNs?: number
  contents: { key: string; value: Uint8Array }[]
}

const LogGroup = root.lookupType('LogGroup')

export function peerEncode(logs: readonly PeerLog[]): Buffer {
  return Buffer.from(LogGroup.encode(LogGroup.fromObject({ logs })).finish())
}

export function peerDecode(bytes: Uint8Array): Record<string, unknown> {
  return LogGroup.toObject(LogGroup.decode(bytes))
}
