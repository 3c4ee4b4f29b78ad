import { defineOrders } from './orders.ts'

/** The orders' transfer as a file, for worker threads; its places come from the environment. */
export default defineOrders(
  process.env.FERRY_ORDERS_SOURCE ?? '',
  process.env.FERRY_ORDERS_FOLDER ?? '',
  process.env.FERRY_ORDERS_NUMBERED === '1',
)
