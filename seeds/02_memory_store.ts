import { join } from 'node:path'
import { fillMemoryStore } from '../examples/parking-garage/fill-memory-store.ts'
import { MemoryStore } from '../examples/parking-garage/memory-store.ts'
import { exportStore } from '../src/index.ts'

/**
 * Fills the example's MemoryStore and writes it as the app would before it shuts down. FERRY_SPOTS and FERRY_VEHICLES set the size
 * (default 5,100 and 3,670), FERRY_DATA the folder.
 */
export async function seed(): Promise<void> {
  const store = MemoryStore.getInstance()
  fillMemoryStore(store, { spots: Number(process.env.FERRY_SPOTS ?? 5100), vehicles: Number(process.env.FERRY_VEHICLES ?? 3670) })
  exportStore(store, join(process.env.FERRY_DATA ?? './data', 'parking-garage.ferry.ndjson'))
}
