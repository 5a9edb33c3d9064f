// The logger of a NestJS application. In TypeScript `Module` is the decorator @Module({ ... }) above the class.
import 'reflect-metadata'
import { Logger, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { LoghubLogger, LoghubModule } from 'loghub-producer/nestjs'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('nestjs')

class AppModule {}
Module({ imports: [LoghubModule.forRoot({ config: connection, destination: { topic } })] })(AppModule)

const app = await NestFactory.createApplicationContext(AppModule, { bufferLogs: true })
app.useLogger(app.get(LoghubLogger))
app.enableShutdownHooks() // so that SIGTERM delivers, too

new Logger('Orders').log('paid', { orderId: 7 })
new Logger('Orders').error('refused', new Error('no money').stack)

await app.close() // delivers what was logged

const stored = await readTopic(connection, topic)
const ofOrders = stored.filter(({ context }) => context === 'Orders')
check(ofOrders.length, 2, 'the logs of a context are stored')
check([ofOrders[0].level, ofOrders[0].orderId], ['info', '7'], 'with level and fields')
check(ofOrders[1].stack.startsWith('Error: no money'), true, 'and the stack of an error')
check(
  stored.some(({ context }) => context === 'NestFactory'),
  true,
  'as well as those of Nest itself',
)
await close()
