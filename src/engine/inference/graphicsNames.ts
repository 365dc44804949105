import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

const NVIDIA = '/proc/driver/nvidia/gpus';
const CARDS = '/sys/class/drm';

/**
 * Names of graphics devices, as far as Linux tells: NVIDIA's driver by name, others by driver and PCI number. A Vulkan
 * driver that the environment names (`VK_ICD_FILENAMES`), such as a software renderer, stands before them.
 */
export async function graphicsNames(): Promise<readonly string[]> {
  const vulkan = process.env['VK_ICD_FILENAMES'];
  const named = vulkan ? [path.basename(vulkan, '.json')] : [];
  if (process.platform !== 'linux') return named;
  const nvidia = await filesBelow(NVIDIA, 'information', /^Model:\s*(.+)$/m);
  const cards = await filesBelow(CARDS, 'device/uevent', /^DRIVER=(\S+)[\s\S]*?^PCI_ID=(\S+)$/m);
  return [...new Set([...named, ...nvidia, ...cards])];
}

/** What a pattern finds in a file of each folder. */
async function filesBelow(folder: string, file: string, pattern: RegExp): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(path.join(folder, name, file), 'utf8').catch(() => '');
      return pattern.exec(text)?.slice(1).join(' ').trim();
    }),
  );
  return found.filter((name) => name !== undefined);
}
