// pm2 start examples/deploy/pm2.config.cjs
module.exports = {
  apps: [
    {
      name: 'my-app',
      script: 'examples/pm2.mjs',
      instances: 2,
      exec_mode: 'cluster',
      wait_ready: true, // until process.send('ready')
      kill_timeout: 10_000, // more than the exitHook of the producer takes; the default of 1600 ms cuts deliveries off
    },
  ],
}
