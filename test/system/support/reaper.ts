import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/**
 * A small shell that outlives this process by a moment: it reads `+PID` and `-PID` lines, and when its input ends, whatever ended this process,
 * it kills the processes that were added and not removed. A process that was seen to end is removed first, so its id is never met again as
 * somebody else's.
 */
const SCRIPT = `
pids=' '
while read -r line; do
  case $line in
    +*) pids="$pids\${line#+} " ;;
    -*) pids="\${pids%% \${line#-} *} \${pids#* \${line#-} }" ;;
  esac
done
[ "$pids" = ' ' ] || kill -KILL $pids 2>/dev/null
`;

let reaper: Writable | undefined;

/** Has the process killed when this one dies before it is told `forget`. */
export function remember(pid: number): void {
  reaper ??= startReaper();
  reaper.write(`+${pid}\n`);
}

/** The process has ended. */
export function forget(pid: number): void {
  reaper?.write(`-${pid}\n`);
}

function startReaper(): Writable {
  // In a session of its own: Ctrl-C reaches the whole group of the terminal, and this one must live through it.
  const shell = spawn('sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  shell.unref();
  // A pipe is a socket in Node; like the process it must not keep this one alive. Without the shell there is only less safety.
  if ('unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref();
  shell.stdin.on('error', () => {});
  shell.on('error', () => {});
  return shell.stdin;
}
