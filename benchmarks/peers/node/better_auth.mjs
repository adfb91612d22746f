// better-auth: accounts in PostgreSQL, sessions in Redis as its secondary storage. `node better_auth.mjs migrate` creates
// the tables. COOKIE_CACHE_SECONDS turns its cookie cache on.
import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import pg from 'pg'
import { createClient } from 'redis'

const { DATABASE_URL, REDIS_URL, SECRET_KEY, HOST, PORT, WORKERS, COOKIE_CACHE_SECONDS } = process.env
const often = { window: 60, max: 1000000 } // high enough to refuse nothing: only the cost of rate limits is measured

async function configured () {
  const redis = await createClient({ url: REDIS_URL }).connect()
  return betterAuth({
    baseURL: `http://${HOST}:${PORT}`,
    secret: SECRET_KEY,
    database: new pg.Pool({ connectionString: DATABASE_URL }),
    secondaryStorage: {
      get: (key) => redis.get(key),
      set: (key, value, seconds) => redis.set(key, value, seconds ? { EX: seconds } : {}),
      delete: (key) => redis.del(key),
      getAndDelete: (key) => redis.getDel(key),
      increment: async (key, seconds) => (await redis.multi().incr(key).expire(key, seconds, 'NX').exec())[0]
    },
    session: { cookieCache: { enabled: Boolean(COOKIE_CACHE_SECONDS), maxAge: Number(COOKIE_CACHE_SECONDS || 0) } },
    rateLimit: { enabled: true, ...often, customRules: { '/sign-in/*': often, '/sign-up/*': often } },
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false }
  })
}

if (process.argv[2] === 'migrate') {
  const auth = await configured()
  await (await getMigrations(auth.options)).runMigrations()
  process.exit()
} else if (cluster.isPrimary) {
  for (let worker = 0; worker < Number(WORKERS); worker++) cluster.fork()
} else {
  createServer(toNodeHandler(await configured())).listen(Number(PORT), HOST)
}
