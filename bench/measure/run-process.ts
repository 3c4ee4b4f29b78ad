import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

/** One process from its start to its end. */
export interface Run {
  readonly wallMs: number
  readonly stdout: string
  /** The end of it. */
  readonly stderr: string
  /** Sampled, so low for a process that ends within some ms; 0 where the machine does not tell. */
  readonly peakRssBytes: number
}

const SAMPLE_MS = 5

/** Runs a program to its end. @throws when it fails, with the end of what it said */
export async function runProcess(command: Command): Promise<Run> {
  const startedAt = performance.now()
  // npm hands its node-options down; a contestant is to start as it would by itself.
  const env = { ...process.env, NODE_OPTIONS: '', ...command.env }
  const child = spawn(command.program, command.args, { stdio: ['pipe', 'pipe', 'pipe'], env })
  let stdout = ''
  let stderr = ''
  let peak = 0
  child.stdout.on('data', (part: Buffer) => {
    stdout += part.toString()
  })
  child.stderr.on('data', (part: Buffer) => {
    stderr = (stderr + part.toString()).slice(-4000)
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(command.input ?? '')
  const sampler = setInterval(() => {
    peak = Math.max(peak, readPeak(child.pid))
  }, SAMPLE_MS)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  }).finally(() => clearInterval(sampler))
  const wallMs = performance.now() - startedAt
  if (code !== 0) throw new Error(`${command.program} ended with ${code}: ${stderr}`)
  return { wallMs, stdout, stderr, peakRssBytes: peak }
}

/** High-water mark of a process (Linux, https://man7.org/linux/man-pages/man5/proc_pid_status.5.html). */
function readPeak(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
