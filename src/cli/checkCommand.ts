import os from 'node:os';
import { DEFAULT_BACKBONE } from '../capabilities/alignLabels.ts';
import { deviceName } from '../core/runs/run.ts';
import { say } from '../core/text/text.ts';
import type { DeviceReport } from '../protocol/device.ts';
import { backboneRef } from './backboneArguments.ts';
import { type Command, EXIT } from './command.ts';
import { UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { commonOptions } from './options.ts';
import { printable } from './terminal.ts';

export const checkEngineCommand: Command = {
  name: 'check',
  usage: 'check [BACKBONE] [--device NAME] [--json]',
  summary: 'Test every device with a backbone, and print a report for bug reports.',
  text: 'Tests every execution provider of onnxruntime in its own process: first with a small model, then with the backbone (default: starter), comparing scores and speed with the CPU, then a step of training on each that works: its gradients and its speed. SeMap remembers the results: --device auto uses the fastest device that agrees with the CPU.',
  options: commonOptions,
  examples: [
    ['semap check', 'Which devices work on this machine?'],
    ['semap check net.onnx', 'Is the GPU faster for this backbone, and are its scores right?'],
  ],
  async run({ args, setup, terminal, signal }) {
    const [backbone = DEFAULT_BACKBONE, ...more] = args.positionals;
    if (more.length > 0)
      throw new UsageError('check takes one backbone.', 'For example: semap check starter');
    return withEngine(setup, async (engine) => {
      const report = await engine.call('checkDevices', { backbone: backboneRef(backbone) }, { signal });
      const machine = machineFacts(engine.onnxruntime);
      terminal.result(args.flag('json'), { ...report, machine }, () => reportText(report, machine));
      return EXIT.done;
    });
  },
};

type Machine = ReturnType<typeof machineFacts>;

function machineFacts(onnxruntime: string) {
  const [cpu] = os.cpus();
  return {
    platform: `${os.platform()}-${os.arch()} ${os.release()}`,
    processor: `${os.cpus().length} x ${cpu?.model.trim() ?? '?'}`,
    memory: `${(os.totalmem() / 2 ** 30).toFixed(1)} GiB`,
    node: process.versions.node,
    onnxruntime,
  };
}

function reportText(
  { backbone, verdicts, figures, graphics, device }: DeviceReport,
  machine: Machine,
): string {
  const rows: [string, string][] = [
    ['device', `${device.provider} (${say(deviceName(device))})`],
    ['why', say(device.why)],
    ...verdicts.map(({ provider, works, reason }): [string, string] => [
      provider,
      `${works ? 'works' : 'does not work'}: ${say(reason)}`,
    ]),
    ...figures.map(({ provider, text }): [string, string] => [`${provider} speed`, say(text)]),
    ...(graphics.length > 0 ? [['graphics', graphics.join(', ')] as [string, string]] : []),
    ['backbone', backbone],
    ...Object.entries(machine),
  ];
  return rows.map(([name, value]) => `${name.padEnd(12)} ${printable(value)}\n`).join('');
}
