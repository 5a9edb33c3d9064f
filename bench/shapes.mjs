// The shapes of logs that are measured: the contents of log `i`. Texts are flat, as parsed or received text is: a string
// made by `+` is a tree until something reads it, and the first to read it would pay for that.
const FIXED = 'abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*()_'
const flat = (text) => Buffer.from(text).toString()

export const shapes = {
  'eight fields': (i) => {
    const contents = {}
    for (let field = 1; field <= 8; field++)
      contents[`content_key_${field}`] = flat(field + FIXED + ((i * 7919) % 20_000_000))
    return contents
  },
  'three short fields': (i) => ({ level: 'info', message: 'request served', ms: i % 1000 }),
  'a line of 100 bytes': (i) => ({
    line: flat(
      `2026-11-22T08:00:00.000Z INFO [worker-7] request ${String(i).padStart(10, '0')} served in 12 ms with status 200 OK`,
    ),
  }),
  'Chinese text': (i) => ({
    level: 'info',
    module: '订单服务',
    message: flat(`第${i}条日志，请求已处理完毕，耗时正常`),
    detail: flat(`用户编号${i % 1000}，所在地区华东一区，支付方式为余额支付，优惠券未使用`),
  }),
  'twenty fields, nested': (i) => ({
    level: 'info',
    message: 'order paid',
    traceId: flat(`0123456789abcdef${String(i).padStart(16, '0')}`),
    spanId: flat(String(i).padStart(16, '0')),
    userId: 10_000 + (i % 5000),
    orderId: i,
    amount: (i % 10_000) / 100,
    currency: 'CNY',
    isNew: i % 2 === 0,
    retries: i % 3,
    host: 'app-7f9c4d-x2x9p',
    pid: 4242,
    method: 'POST',
    path: '/api/v1/orders',
    status: 200,
    ms: i % 1000,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
    ip: '203.0.113.7',
    tags: ['paid', 'web'],
    cart: {
      items: [
        { sku: 'A-1', count: 2 },
        { sku: 'B-7', count: 1 },
      ],
      coupon: null,
    },
  }),
}

/** A shape as `record` of record.mjs gives it: group, bytes of keys and values, contents. */
export function shapedRecord(shape) {
  const contentsOf = shapes[shape]
  const bytes = textBytes(contentsOf(1_000_000))
  return (i) => ({ group: i % 10, bytes, contents: contentsOf(i) })
}

function textBytes(contents) {
  const text = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value))
  return Object.entries(contents).reduce((sum, [key, value]) => sum + key.length + Buffer.byteLength(text(value)), 0)
}
