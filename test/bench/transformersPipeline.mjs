/*
 * `Rates` (rates.ts) of the Transformers.js image-classification pipeline in batches of 8, loading and the first batch not
 * counted. Arguments: the model's folder, a JSON list of image files.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

process.env.ORT_DISABLE_TELEMETRY = '1';
const [, , folder, list] = process.argv;
const { env, pipeline } = await import('@huggingface/transformers');
env.allowRemoteModels = false;
env.localModelPath = path.dirname(folder);
const images = JSON.parse(readFileSync(list, 'utf8'));
const classify = await pipeline('image-classification', path.basename(folder), {
  dtype: 'fp32',
  device: 'cpu',
});
renameEnds(classify.model.sessions);
await classify(images.slice(0, 8));
const usage = () => process.resourceUsage();
const cpuOf = ({ userCPUTime, systemCPUTime }) => (userCPUTime + systemCPUTime) / 1000;
const before = usage();
const started = performance.now();
for (let i = 0; i < images.length; i += 8) await classify(images.slice(i, i + 8));
const perSecond = (images.length * 1000) / (performance.now() - started);
const after = usage();
const cpu = (cpuOf(after) - cpuOf(before)) / images.length;
const faults = (after.minorPageFault - before.minorPageFault) / images.length;
console.log(JSON.stringify({ perSecond, cpu, faults, peak: after.maxRSS / 1024 }));

/** The pipeline asks for an input `pixel_values` and an output `logits`; models from elsewhere call them otherwise. */
function renameEnds(sessions) {
  const { model } = sessions;
  const [input] = model.inputNames;
  const [output] = model.outputNames;
  sessions.model = {
    inputNames: ['pixel_values'],
    outputNames: ['logits'],
    run: async ({ pixel_values }) => ({ logits: (await model.run({ [input]: pixel_values }))[output] }),
  };
}
