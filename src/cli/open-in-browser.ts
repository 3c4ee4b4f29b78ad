import { spawn } from 'node:child_process'

/** Opens a file with the system's browser; the command does not wait for it. A system without one is told by the printed path alone. */
export function openInBrowser(path: string): void {
  const [program, ...before] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open']
  const child = spawn(program ?? 'xdg-open', [...before, path], { detached: true, stdio: 'ignore' })
  child.on('error', () => process.stderr.write('no browser could be started; open the page above\n'))
  child.unref()
}
