import type { DynamicModule, InjectionToken } from '@nestjs/common'
import { LoghubLogger, type LoghubLoggerOptions } from './loghub-logger.ts'

/** What `LoghubModule.forRootAsync` takes. */
export interface LoghubModuleAsyncOptions {
  /** Modules whose providers the factory needs. */
  readonly imports?: DynamicModule['imports']
  /** What the factory is called with. */
  readonly inject?: InjectionToken[]
  /** Makes the options, of what `inject` names. */
  readonly useFactory: (...dependencies: never[]) => LoghubLoggerOptions | Promise<LoghubLoggerOptions>
}

/**
 * A global module that provides {@link LoghubLogger}. It needs nothing of `@nestjs/common` at run time, so that it works with
 * whichever version the application has.
 *
 * @example
 * ```ts
 * import { LoghubModule } from 'loghub-producer/nestjs'
 *
 * // in the imports of a module
 * LoghubModule.forRoot({ destination: { topic: 'api' } })
 * ```
 */
// biome-ignore lint/complexity/noStaticOnlyClass: a module of Nest is a class
export class LoghubModule {
  static forRoot(options: LoghubLoggerOptions = {}): DynamicModule {
    return LoghubModule.forRootAsync({ useFactory: () => options })
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: LoghubModuleAsyncOptions): DynamicModule {
    const create = async (...dependencies: unknown[]) =>
      new LoghubLogger(await (useFactory as (...args: unknown[]) => LoghubLoggerOptions)(...dependencies))
    return {
      module: LoghubModule,
      global: true,
      imports,
      providers: [{ provide: LoghubLogger, useFactory: create, inject }],
      exports: [LoghubLogger],
    }
  }
}
