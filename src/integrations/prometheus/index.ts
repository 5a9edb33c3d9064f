export { type CollectOptions, collect } from './collect.ts'
