import path from 'node:path';
import { SemapError } from '../../core/errors.ts';
import { phrase, verbatim } from '../../core/text/text.ts';
import { openRegularFile } from '../../files/regularFile.ts';

const GET_ONE = 'Choose an ONNX image classifier (.onnx).';

/**
 * Looks at a file before onnxruntime does, which has one message for everything that is not a model.
 * @throws {SemapError} `not-found`, `lfs-pointer`, `not-onnx`
 */
export async function checkModelFile(file: string): Promise<{ readonly bytes: number }> {
  const name = path.basename(file);
  let opened: Awaited<ReturnType<typeof openRegularFile>> | undefined;
  try {
    opened = await openRegularFile(file);
    const { handle, stats: state } = opened;
    if (state.size === 0) {
      throw new SemapError('not-onnx', phrase('{0} is empty (0 bytes).', name), {
        hint: phrase('Copy or download it again.'),
      });
    }
    const { buffer, bytesRead } = await handle.read(new Uint8Array(512), 0, 512, 0);
    const problem = foreignFormat(buffer.subarray(0, bytesRead));
    if (problem === 'lfs') {
      throw new SemapError('lfs-pointer', phrase('{0} is a Git LFS pointer, not the model itself.', name), {
        hint: phrase('Run "git lfs pull" in its repository, or download {0} again.', name),
      });
    }
    if (problem)
      throw new SemapError('not-onnx', phrase('{0} is {1}, not an ONNX model.', name, problem), {
        hint: verbatim(GET_ONE),
      });
    return { bytes: state.size };
  } catch (error) {
    throw fileError(error, file);
  } finally {
    await opened?.handle.close();
  }
}

function fileError(error: unknown, file: string): unknown {
  if (!(error instanceof SemapError)) return error;
  if (error.reason === 'not-found') {
    return new SemapError('not-found', phrase('There is no backbone at {0}.', file), {
      hint: phrase('Check the path, or put the file back.'),
      cause: error,
    });
  }
  if (error.reason !== 'unreadable-file') return error;
  const denied = (error.cause as NodeJS.ErrnoException | undefined)?.code;
  return denied === 'EACCES' || denied === 'EPERM'
    ? new SemapError('not-found', phrase('{0} may not be read.', file), {
        hint: phrase('Give yourself read permission on the file.'),
        cause: error,
      })
    : new SemapError('not-onnx', verbatim(error.message), { hint: verbatim(GET_ONE), cause: error });
}

/** What a file that is no ONNX model is, by its first bytes; undefined when it may be one. */
function foreignFormat(head: Uint8Array): string | undefined {
  const text = Buffer.from(head).toString('latin1');
  if (text.startsWith('version https://git-lfs')) return 'lfs';
  if (/^\s*<(!doctype|html|head|\?xml)/i.test(text)) return 'a web page';
  if (text.startsWith('PK\x03\x04')) return 'a ZIP archive or a PyTorch checkpoint';
  if (text.startsWith('\x89HDF')) return 'a Keras (HDF5) model';
  if (text.startsWith('\x89PNG') || text.startsWith('\xff\xd8\xff')) return 'a picture';
  if (/^\s*[{[]/.test(text)) return 'a JSON file';
  if (/^.{7}\0\{"/s.test(text)) return 'a safetensors file';
  if (text.slice(4, 8) === 'TFL3') return 'a TensorFlow Lite model';
  return undefined;
}

/**
 * What onnxruntime's refusal to load a model means to a person.
 * @param message what it threw
 */
export function loadError(message: string, file: string): SemapError {
  const name = path.basename(file);
  const cause = new Error(message);
  if (/file doesn't exist|no such file/i.test(message) && !/\.data|_data/i.test(message)) {
    return new SemapError('not-found', phrase('{0} is not there any more.', name), {
      hint: phrase('Put it back, or add the backbone again.'),
      cause,
    });
  }
  const external = /external data|external_data|ExternalData|external initializer|\.onnx[._]data/i.test(
    message,
  );
  if (external) {
    const missing = /["'\s/\\]([^"'\s/\\]+\.(?:onnx[._])?(?:data|bin|weights?))\b/i.exec(message)?.[1];
    return new SemapError(
      'not-found',
      phrase(
        '{0} keeps its weights in another file{1}, which is missing or cut short.',
        name,
        missing ? ` (${missing})` : '',
      ),
      { hint: phrase('Copy that file from where the model came from into the same folder.'), cause },
    );
  }
  if (/protobuf parsing failed|does not have a graph|InvalidProtobuf/i.test(message)) {
    return new SemapError('not-onnx', phrase('{0} is not an ONNX model, or it is cut short.', name), {
      hint: phrase('Copy or download it again.'),
      cause,
    });
  }
  if (/bad_alloc|failed to allocate|out of memory/i.test(message)) {
    return new SemapError('out-of-memory', phrase('There is not enough memory to load {0}.', name), {
      hint: phrase('Close other programs, or use a smaller backbone.'),
      cause,
    });
  }
  const opset = /opset\s+(\d+)\s+is under development[\s\S]*?till opset\s+(\d+)/i.exec(message);
  if (opset) {
    return new SemapError(
      'unsupported-model',
      phrase('{0} uses ONNX operator set {1}; the newest supported is {2}.', name, opset[1], opset[2]),
      { hint: phrase('Export it again with an older operator set (17 is a safe choice).'), cause },
    );
  }
  const ir = /Unsupported model IR version:\s*(\d+), max supported IR version:\s*(\d+)/i.exec(message);
  if (ir) {
    return new SemapError(
      'unsupported-model',
      phrase('{0} has ONNX format version {1}; the newest supported is {2}.', name, ir[1], ir[2]),
      { hint: phrase('Export it again with an older version of ONNX, or update SeMap.'), cause },
    );
  }
  const plain = message.replace(/^Load model from .* failed:\s*/, '').split('\n')[0];
  return new SemapError('unsupported-model', phrase('onnxruntime cannot load {0}: {1}', name, plain), {
    hint: phrase('Export it again with standard ONNX operators (opset 17 is a safe choice).'),
    cause,
  });
}
