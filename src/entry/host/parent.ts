/** How often it is checked whether npm is still there. */
const PARENT_WATCH_MS = 500;

/** npm runs scripts in a shell. A SIGTERM to npm ends that shell and says nothing to what it runs, which would then go on with nobody to stop it. */
export function onParentGone(stop: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, PARENT_WATCH_MS);
  watch.unref();
}
