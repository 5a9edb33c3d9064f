import { describe, expect, test } from 'vitest'
import { parseEndpoint } from '../../../src/sls/http/endpoint.ts'

const project = 'my-project'

describe('an endpoint', () => {
  test.each([
    ['cn-hangzhou.log.aliyuncs.com', 'https://my-project.cn-hangzhou.log.aliyuncs.com', 'cn-hangzhou'],
    ['https://cn-hangzhou.log.aliyuncs.com/', 'https://my-project.cn-hangzhou.log.aliyuncs.com', 'cn-hangzhou'],
    [
      'http://cn-beijing-intranet.log.aliyuncs.com',
      'http://my-project.cn-beijing-intranet.log.aliyuncs.com',
      'cn-beijing',
    ],
    ['cn-beijing-share.log.aliyuncs.com', 'https://my-project.cn-beijing-share.log.aliyuncs.com', 'cn-beijing'],
    ['ap-southeast-1-vpc.log.aliyuncs.com', 'https://my-project.ap-southeast-1-vpc.log.aliyuncs.com', 'ap-southeast-1'],
    ['us-west-1.sls.aliyuncs.com', 'https://my-project.us-west-1.sls.aliyuncs.com', 'us-west-1'],
    [' CN-Hangzhou.LOG.aliyuncs.com ', 'https://my-project.cn-hangzhou.log.aliyuncs.com', 'cn-hangzhou'],
    [
      'cn-shanghai-internal.log.aliyuncs.com',
      'https://my-project.cn-shanghai-internal.log.aliyuncs.com',
      'cn-shanghai',
    ],
    ['cn-chengdu.dualstack.log.aliyuncs.com', 'https://my-project.cn-chengdu.dualstack.log.aliyuncs.com', 'cn-chengdu'],
    [
      'cn-shanghai-finance-1-intranet.log.aliyuncs.com',
      'https://my-project.cn-shanghai-finance-1-intranet.log.aliyuncs.com',
      'cn-shanghai-finance-1',
    ],
    [
      'cn-north-2-gov-1.log.aliyuncs.com:443',
      'https://my-project.cn-north-2-gov-1.log.aliyuncs.com',
      'cn-north-2-gov-1',
    ],
    ['rus-west-1.log.aliyuncs.com.', 'https://my-project.rus-west-1.log.aliyuncs.com', 'rus-west-1'],
    ['http://cn-hangzhou.log.aliyuncs.com./', 'http://my-project.cn-hangzhou.log.aliyuncs.com', 'cn-hangzhou'],
    ['cn-hangzhou', 'https://my-project.cn-hangzhou.log.aliyuncs.com', 'cn-hangzhou'],
    ['US-EAST-1', 'https://my-project.us-east-1.log.aliyuncs.com', 'us-east-1'],
    ['cn-hangzhou-internal', 'https://my-project.cn-hangzhou-internal.log.aliyuncs.com', 'cn-hangzhou'],
    ['cn-shanghai.', 'https://my-project.cn-shanghai.log.aliyuncs.com', 'cn-shanghai'],
    ['http://CN-Shanghai-vpc./', 'http://my-project.cn-shanghai-vpc.log.aliyuncs.com', 'cn-shanghai'],
    ['ap-southeast-1:8443/', 'https://my-project.ap-southeast-1.log.aliyuncs.com:8443', 'ap-southeast-1'],
    ['cn-north-2-gov-1-intranet', 'https://my-project.cn-north-2-gov-1-intranet.log.aliyuncs.com', 'cn-north-2-gov-1'],
    [
      'cn-wulanchabu-acdr-ut-1',
      'https://my-project.cn-wulanchabu-acdr-ut-1.log.aliyuncs.com',
      'cn-wulanchabu-acdr-ut-1',
    ],
    ['cn-hangzhou-corp.sls.aliyuncs.com', 'https://my-project.cn-hangzhou-corp.sls.aliyuncs.com', undefined],
    ['cn-hangzhou-a-vpc.log.aliyuncs.com', 'https://my-project.cn-hangzhou-a-vpc.log.aliyuncs.com', undefined],
    ['ap-southeast-1-x.log.aliyuncs.com', 'https://my-project.ap-southeast-1-x.log.aliyuncs.com', undefined],
    ['log-global.aliyuncs.com', 'https://my-project.log-global.aliyuncs.com', undefined],
    ['log-global-vpc.aliyuncs.com', 'https://my-project.log-global-vpc.aliyuncs.com', undefined],
    ['log-global-vpc.log.aliyuncs.com', 'https://my-project.log-global-vpc.log.aliyuncs.com', undefined],
    ['zhangbei-corp-share.log.aliyuncs.com', 'https://my-project.zhangbei-corp-share.log.aliyuncs.com', undefined],
    ['cn-shenzhen-finance.log.aliyuncs.com', 'https://my-project.cn-shenzhen-finance.log.aliyuncs.com', undefined],
    ['cn-hangzhou.log.aliyuncs.com.cn', 'https://my-project.cn-hangzhou.log.aliyuncs.com.cn', undefined],
    ['collector', 'https://my-project.collector', undefined],
    ['sls.example.com:8443', 'https://my-project.sls.example.com:8443', undefined],
    ['http://sls.example.com:80', 'http://my-project.sls.example.com', undefined],
  ])('%s is a name: the project stands in front', (text, origin, region) => {
    const hostHeader = origin.slice(origin.indexOf('//') + 2)
    expect(parseEndpoint(text, { project })).toEqual({ origin, hostHeader, headers: {}, region })
  })

  test.each([
    ['127.0.0.1:9310', 'http://127.0.0.1:9310', 'my-project.127.0.0.1:9310'],
    ['127.0.0.1', 'http://127.0.0.1', 'my-project.127.0.0.1'],
    ['localhost:9310', 'http://localhost:9310', 'my-project.localhost:9310'],
    ['localhost', 'http://localhost', 'my-project.localhost'],
    ['localhost.:9310', 'http://localhost:9310', 'my-project.localhost:9310'],
    ['http://10.0.0.7:80/', 'http://10.0.0.7', 'my-project.10.0.0.7'],
  ])('%s is an address: connects to it over plain http, and names the project in Host', (text, origin, hostHeader) => {
    expect(parseEndpoint(text, { project })).toEqual({ origin, hostHeader, headers: {}, region: undefined })
  })

  test.each([
    ['https://127.0.0.1:9310', 'https://127.0.0.1:9310', '127.0.0.1:9310'],
    ['[::1]:9310', 'http://[::1]:9310', '[::1]:9310'],
    ['::1', 'http://[::1]', '[::1]'],
  ])('%s: Host must stay as it is, so a header names the project', (text, origin, hostHeader) => {
    const headers = { 'x-log-project': project }
    expect(parseEndpoint(text, { project })).toEqual({ origin, hostHeader, headers, region: undefined })
  })

  test('a custom domain stands for the project, and a header names it', () => {
    expect(parseEndpoint('logs.example.com', { project, customDomain: true })).toEqual({
      origin: 'https://logs.example.com',
      hostHeader: 'logs.example.com',
      headers: { 'x-log-project': project },
      region: undefined,
    })
  })

  test.each([
    ['', 'give a host name or a URL'],
    ['  ', 'give a host name or a URL'],
    ['not a host', 'neither a host name nor a URL'],
    ['ftp://cn-hangzhou.log.aliyuncs.com', 'scheme must be http or https'],
    ['http://127.0.0.1:9310/logstores', 'scheme, host and port only'],
    ['cn-hangzhou.log.aliyuncs.com?x=1', 'scheme, host and port only'],
    ['host:99999', 'neither a host name nor a URL'],
    ['cn-hangzhou..log.aliyuncs.com', 'neither a host name nor a URL'],
    ['https://cn-hangzhou.log.aliyuncs.com../', 'neither a host name nor a URL'],
    ['other.cn-hangzhou.log.aliyuncs.com', 'it names a project, other: give cn-hangzhou.log.aliyuncs.com'],
    ['my-project.log-global.aliyuncs.com', 'give log-global.aliyuncs.com'],
    ['my-project.cn-hangzhou.log.aliyuncs.com', 'give cn-hangzhou.log.aliyuncs.com'],
  ])('%j is refused, and the reason says what to do', (text, reason) => {
    expect(() => parseEndpoint(text, { project })).toThrow(reason)
    expect(() => parseEndpoint(text, { project })).toThrow(expect.objectContaining({ code: 'ERR_LOGHUB_OPTION' }))
  })

  test.each([undefined, 42, null, {}])('%j is refused', (value) => {
    expect(() => parseEndpoint(value as string, { project })).toThrow('give a host name or a URL')
  })

  test('keys inside the URL are refused without being repeated', () => {
    for (const tail of ['?secret=top-secret', '/top-secret', '#top-secret']) {
      expect(() => parseEndpoint(`cn-hangzhou.log.aliyuncs.com${tail}`, { project })).not.toThrow(/top-secret/)
    }
    const tail = 'id:top-secret@cn-hangzhou.log.aliyuncs.com'
    for (const text of [`https://${tail}`, `ftp://${tail}`, tail, `${tail}:99999`, `https://${tail}:no`]) {
      const parse = () => parseEndpoint(text, { project })
      expect(parse).toThrow('keys do not go into the URL')
      expect(parse).not.toThrow(/top-secret/)
    }
  })
})
