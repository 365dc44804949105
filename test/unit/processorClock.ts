/**
 * A clock that runs only while this process does, so that a limit holds on a busy machine too.
 * @returns the milliseconds since it was started
 */
export function processorClock(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
}
