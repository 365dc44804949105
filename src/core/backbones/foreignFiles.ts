import { phrase, type Text } from '../text/text.ts';

/** Beginnings of files that are taken for ONNX models, as Latin-1, behind how many bytes, and what such a file is. */
const FORMATS: readonly (readonly [starts: readonly string[], at: number, Text])[] = [
  [['PK\x03\x04'], 0, phrase('a ZIP archive or a PyTorch checkpoint')],
  [['\x89HDF'], 0, phrase('a Keras (HDF5) model')],
  [['\x89PNG', '\xff\xd8\xff'], 0, phrase('a picture')],
  [['TFL3'], 4, phrase('a TensorFlow Lite model')],
  [['ORTM'], 4, phrase('a model in the ORT format of onnxruntime')],
  [['\0{"'], 7, phrase('a safetensors file')],
  [['GGUF', 'ggml'], 0, phrase('a GGUF model')],
  [
    ['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'],
    0,
    phrase('a Python pickle, such as a PyTorch checkpoint'),
  ],
  [['ptrt', 'ftrt'], 0, phrase('a TensorRT engine')],
  [['\x7fELF', 'MZ'], 0, phrase('a program')],
  [['\x1f\x8b', 'BZh', '\xfd7zXZ', '\x28\xb5\x2f\xfd', '7z\xbc\xaf'], 0, phrase('a compressed file')],
  [['ustar'], 257, phrase('a tar archive')],
  [
    ['\0GITCRYPT\0', 'Salted__', 'age-encryption.org/', '-----BEGIN PGP', '-----BEGIN AGE', '$ANSIBLE_VAULT'],
    0,
    phrase('an encrypted file'),
  ],
];

/** What a file that is no ONNX model is; undefined when it may be one. @param head its first bytes, as Latin-1 */
export function foreignFormat(head: string): Text | undefined {
  if (/^\s*<(!doctype|html|head|\?xml)/i.test(head)) return phrase('a web page');
  if (/^\s*[{[]/.test(head)) return phrase('a JSON file');
  return FORMATS.find(([starts, at]) => starts.some((start) => head.startsWith(start, at)))?.[2];
}

/** So many bytes tell how even they are. */
const ENOUGH = 4096;
/** Bits for each byte: of weights in single precision some 7, of code and graphs less than 6. */
const EVEN = 7.9;

/**
 * Whether bytes are as even as those of encrypted and compressed files: by their entropy (Shannon), of which N random bytes
 * have about 8 - 255 / (2 N ln 2) bits each.
 */
export function looksRandom(bytes: Uint8Array): boolean {
  if (bytes.length < ENOUGH) return false;
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte]++;
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= (count / bytes.length) * Math.log2(count / bytes.length);
  return bits > EVEN;
}
