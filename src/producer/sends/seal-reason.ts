/** Why a batch stopped taking logs. */
export type SealReason =
  | 'size'
  | 'count'
  | 'linger'
  | 'no-room'
  | 'table-full'
  | 'memory'
  | 'flush'
  | 'close'
  | 'recovered'
