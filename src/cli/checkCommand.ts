import os from 'node:os';
import type { DeviceReport } from '../protocol/device.ts';
import { backboneRef, DEFAULT_BACKBONE } from './backboneArguments.ts';
import { type Command, EXIT } from './command.ts';
import { UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { commonOptions } from './options.ts';
import { printable } from './terminal.ts';

export const checkEngineCommand: Command = {
  name: 'check',
  usage: 'check [BACKBONE] [--device NAME] [--json]',
  summary: 'Try every device on a backbone, and print a report to paste into an issue.',
  text: 'Every execution provider that onnxruntime was built with is tried in a process of its own: on a small model, then on the backbone (default: starter), whose scores and speed are compared with the CPU. The verdicts are kept: with --device auto the fastest that agrees with the CPU runs from then on.',
  options: commonOptions,
  examples: [
    ['semap check', 'What works on this machine?'],
    ['semap check net.onnx', 'Is the GPU faster for this backbone, and right?'],
  ],
  async run({ args, setup, terminal, signal }) {
    const [backbone = DEFAULT_BACKBONE, ...more] = args.positionals;
    if (more.length > 0)
      throw new UsageError('check takes one backbone.', 'For example: semap check starter');
    return withEngine(setup, async (engine) => {
      const report = await engine.call('checkDevices', { backbone: backboneRef(backbone) }, { signal });
      const machine = machineFacts(engine.onnxruntime);
      if (args.flag('json')) terminal.out(`${JSON.stringify({ ...report, machine }, null, 2)}\n`);
      else terminal.out(reportText(report, machine));
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

function reportText({ backbone, verdicts, device }: DeviceReport, machine: Machine): string {
  const rows: [string, string][] = [
    ['device', `${device.provider} (${device.name})`],
    ['why', device.why],
    ...verdicts.map(({ provider, works, reason }): [string, string] => [
      provider,
      `${works ? 'works' : 'does not work'}: ${reason}`,
    ]),
    ['backbone', backbone],
    ...Object.entries(machine),
  ];
  return rows.map(([name, value]) => `${name.padEnd(12)} ${printable(value)}\n`).join('');
}
