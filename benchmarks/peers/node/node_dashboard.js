// @layeredapps/dashboard, with a process for each worker. `node node_dashboard.js migrate` creates the tables.
const cluster = require('node:cluster')

if (process.argv[2] === 'migrate') {
  process.env.EXIT_ON_START = 'true'
}
if (cluster.isPrimary && process.argv[2] !== 'migrate') {
  for (let worker = 0; worker < Number(process.env.WORKERS); worker++) cluster.fork()
} else {
  require('@layeredapps/dashboard').start(__dirname)
}
