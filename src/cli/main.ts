#!/usr/bin/env node
import { flushOutput } from './io.ts'
import { runCli } from './run-cli.ts'

const exitCode = await runCli(process.argv.slice(2))
await flushOutput()
// A store imported from an app may hold timers and servers open; the work is done, so they do not matter.
process.exit(exitCode)
