import { ensureState } from '../../src/state/state-tables.ts'
import { openTarget } from '../../src/target/open-target.ts'

/** A process of its own that makes the ferry_* tables: its argument is Knex's configuration as JSON. */
const target = await openTarget({ config: JSON.parse(process.argv[2] ?? '') })
const session = await target.openSession()
await ensureState(session)
await session.close()
await target.close()
