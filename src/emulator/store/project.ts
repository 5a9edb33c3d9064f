import { refusal } from '../http/service-error.ts'
import type { Logstore } from './logstore.ts'

/** A project as it is written to disk. */
export interface ProjectRecord {
  readonly name: string
  readonly description: string
  readonly createTime: number
  readonly lastModifyTime?: number
  readonly dataRedundancyType?: string
  readonly tags?: Readonly<Record<string, string>>
}

const MOST_TAGS = 20
const LONGEST_TAG = 128

/** A project: logstores with a common name, a description and tags. */
export class Project {
  readonly name: string
  readonly createTime: number
  readonly logstores = new Map<string, Logstore>()
  readonly tags = new Map<string, string>()
  description: string
  lastModifyTime: number
  dataRedundancyType: string

  constructor({ name, description, createTime, lastModifyTime, dataRedundancyType, tags }: ProjectRecord) {
    this.name = name
    this.description = description
    this.createTime = createTime
    this.lastModifyTime = lastModifyTime ?? createTime
    this.dataRedundancyType = dataRedundancyType ?? 'LRS'
    for (const [key, value] of Object.entries(tags ?? {})) this.tags.set(key, value)
  }

  /** The logstore, which must exist. */
  logstore(name: string): Logstore {
    const logstore = this.logstores.get(name)
    if (logstore === undefined) throw refusal('LogStoreNotExist', `logstore ${name} does not exist`)
    return logstore
  }

  /** Sets tags, all or none. Throws if one is no text or too long, or if the project would have too many. */
  setTags(tags: readonly { readonly key: unknown; readonly value: unknown }[]): void {
    const all = new Map(this.tags)
    for (const { key, value } of tags) {
      if (!isTagText(key) || key === '' || !isTagText(value)) {
        throw refusal('ParameterInvalid', `a tag has a key and a value of at most ${LONGEST_TAG} characters`)
      }
      all.set(key, value)
    }
    if (all.size > MOST_TAGS) throw refusal('ExceedQuota', `project ${this.name} has ${MOST_TAGS} tags`)
    for (const [key, value] of all) this.tags.set(key, value)
  }

  /** As it is written to disk. */
  toRecord(): ProjectRecord {
    const { name, description, createTime, lastModifyTime, dataRedundancyType } = this
    return { name, description, createTime, lastModifyTime, dataRedundancyType, tags: Object.fromEntries(this.tags) }
  }

  /** As GetProject shows it. */
  toJSON(): object {
    return {
      projectName: this.name,
      description: this.description,
      status: 'Normal',
      owner: '',
      region: 'local',
      createTime: String(this.createTime),
      lastModifyTime: String(this.lastModifyTime),
      dataRedundancyType: this.dataRedundancyType,
      location: '',
      transferAcceleration: 'Disabled',
      quota: {},
      resourceGroupId: '',
      recycleBinEnabled: false,
    }
  }
}

function isTagText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_TAG
}
