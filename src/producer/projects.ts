import type { Clock } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import type { ProjectConfig } from '../sls/projects.ts'
import type { Sink } from '../sls/sink.ts'
import { SlsSink } from '../sls/sls-sink.ts'
import type { LiveOptions, ProducerConfig, ProjectChange } from './options.ts'
import { dropUndefined, optionError } from './resolve-options.ts'

/** The projects that logs may go to, and the sink that takes them there. */
export interface Projects {
  readonly sink: Sink
  has(project: string): boolean
  put(config: ProjectChange): void
  remove(project: string): boolean
  /** How many there are. */
  readonly count: number
  /** Lanes from `lanes` on are gone for good, and with them their connections. */
  keepLanes(lanes: number): void
}

export interface ProjectsContext {
  readonly clock: Clock
  readonly logger: Logger
  readonly options: LiveOptions
  readonly projectDefaults: Partial<ProjectConfig>
  /** The default project, if any. */
  readonly first: string | undefined
}

export function projectsOf(config: ProducerConfig, context: ProjectsContext): Projects {
  return config.sink === undefined ? serviceProjects(config, context) : namedProjects(config.sink, context.first)
}

function serviceProjects(config: ProducerConfig, context: ProjectsContext): Projects {
  const { dispatcher, proxyFromEnvironment } = config
  const { clock, logger, options } = context
  const maxConnectionAgeMs = () => options.current.maxConnectionAgeMs
  const sink = new SlsSink({ clock, logger, dispatcher, proxyFromEnvironment, maxConnectionAgeMs })
  return {
    sink,
    has: (project) => sink.hasProject(project),
    put: (config) => sink.putProject({ ...context.projectDefaults, ...dropUndefined(config) } as ProjectConfig),
    remove: (project) => sink.removeProject(project),
    get count() {
      return sink.projectNames().length
    },
    keepLanes: (lanes) => sink.keepLanes(lanes),
  }
}

/** Another sink knows by itself where a project is; here only the names are kept. */
function namedProjects(sink: Sink, first: string | undefined): Projects {
  const names = new Set(first === undefined ? [] : [first])
  return {
    sink,
    has: (project) => names.has(project),
    put: (config) => {
      const project: unknown = config?.project
      if (typeof project !== 'string' || project === '') throw optionError(['project: must be a name'])
      names.add(project)
    },
    remove: (project) => names.delete(project),
    get count() {
      return names.size
    },
    keepLanes: () => {},
  }
}
