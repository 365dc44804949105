/** What the system says went wrong with a file, in words that follow "cannot be read:"; codes without words stay as they are. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
  ENOSPC: 'there is no space left',
  EDQUOT: 'there is no space left',
  EFBIG: 'it would be too large',
  ENOTDIR: 'a part of its path is a file',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its symbolic links lead in a circle',
  EIO: 'the disk or device reports an error',
  ENXIO: 'it is a pipe or a socket that nobody reads, or a device that is not there',
  ENODEV: 'it is a device that is not there',
  EBUSY: 'it is in use',
  ETXTBSY: 'it is in use',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ESTALE: 'the network folder does not answer',
  ETIMEDOUT: 'the network folder does not answer',
  EHOSTDOWN: 'the network folder does not answer',
};

/** Why a file could not be read or written, without a full stop. */
export function whySystem({ code, message }: NodeJS.ErrnoException): string {
  return WORDS[code ?? ''] ?? code ?? message;
}
