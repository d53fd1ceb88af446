// What is measured. `key` is what counts of what the generator tells.

export const cases = [
  { name: 'relay, 16 pairs, 1 in flight', key: 'cpu_us', args: ['--mode', 'relay'] },
  { name: 'relay, 256 pairs, 1 in flight', key: 'cpu_us', args: ['--mode', 'relay', '--pairs', '256'] },
  { name: 'relay, 16 pairs, 16 in flight', key: 'cpu_us', args: ['--mode', 'relay', '--depth', '16'] },
  { name: 'relay, 256 pairs, 16 in flight', key: 'cpu_us', args: ['--mode', 'relay', '--pairs', '256', '--depth', '16'] },
  { name: 'acknowledged event, 16 connections, 16 in flight', key: 'cpu_us', args: ['--mode', 'event', '--depth', '16'] },
  { name: 'relay, 5,000 a second, 16 pairs', key: 'p50_us', args: ['--mode', 'rate'] },
  { name: 'handshake', key: 'cpu_us', args: ['--mode', 'handshakes', '--messages', '1000'] },
  { name: 'relay, 100 connections', key: 'cpu_us', args: ['--mode', 'relay', '--pairs', '50'] },
  { name: 'relay, 1,000 connections', key: 'cpu_us', args: ['--mode', 'relay', '--pairs', '500'] },
  { name: 'relay, 10,000 connections', key: 'cpu_us', args: ['--mode', 'relay', '--pairs', '5000', '--warm-up', '1'] },
  // Memory does not depend on what else the machine does.
  { name: 'memory of an idle session of 10,000', key: 'idle_kib', once: true,
    args: ['--mode', 'memory', '--pairs', '10000', '--bytes', '4096'] },
  { name: 'the same after a message of 4 KB', key: 'used_kib', same: 'memory of an idle session of 10,000' },
];
