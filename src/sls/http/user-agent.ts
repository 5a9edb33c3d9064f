import { version } from '../../../package.json'

export const USER_AGENT = `loghub-producer/${version} node/${process.versions.node}`
