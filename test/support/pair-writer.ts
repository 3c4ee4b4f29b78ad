/** A process that commits all the time: two tables that every transaction changes together, and a growing third. Argument: the database file. */
import Database from 'better-sqlite3'

const database = new Database(process.argv[2] ?? '', { timeout: 20_000 })
const change = database.transaction((n: number) => {
  database.prepare('UPDATE ours SET n = n + 1').run()
  database.prepare('UPDATE theirs SET n = n + 1').run()
  database.prepare('INSERT INTO log (text) VALUES (?)').run(`commit ${n} ${'x'.repeat(n % 300)}`)
})
let commits = 0
const loop = () => {
  for (let n = 0; n < 5; n += 1) change(commits++)
  if (commits === 5) process.stdout.write('ready\n')
  setTimeout(loop, 1)
}
process.on('SIGTERM', () => {
  database.close()
  process.exit(0)
})
loop()
