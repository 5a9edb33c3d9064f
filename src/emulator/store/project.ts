import { refusal } from '../http/service-error.ts'
import type { Logstore } from './logstore.ts'

export class Project {
  readonly name: string
  readonly description: string
  readonly createTime: number
  readonly logstores = new Map<string, Logstore>()

  constructor(name: string, description: string, createTime: number) {
    this.name = name
    this.description = description
    this.createTime = createTime
  }

  logstore(name: string): Logstore {
    const logstore = this.logstores.get(name)
    if (logstore === undefined) throw refusal('LogStoreNotExist', `logstore ${name} does not exist`)
    return logstore
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
      lastModifyTime: String(this.createTime),
    }
  }
}
