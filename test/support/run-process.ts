import { type ChildProcess, spawn } from 'node:child_process'

/** What a process left behind. */
export interface ProcessOutcome {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface ProcessOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

/** A program under way. */
export interface Underway {
  readonly child: ChildProcess
  readonly outcome: Promise<ProcessOutcome>
}

/** Runs a program to its end and collects its output; a failing exit code is an outcome, not an error. */
export function runProcess(program: string, args: readonly string[], options: ProcessOptions): Promise<ProcessOutcome> {
  return startProcess(program, args, options).outcome
}

/** As `runProcess`, for a test that does something meanwhile. */
export function startProcess(program: string, args: readonly string[], options: ProcessOptions): Underway {
  const { NODE_OPTIONS: _ours, ...inherited } = process.env
  const child = spawn(program, args, { cwd: options.cwd, env: { ...inherited, ...options.env }, stdio: 'pipe' })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  // a program that ends without reading its input is an outcome too
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  const outcome = new Promise<ProcessOutcome>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }))
  })
  return { child, outcome }
}
