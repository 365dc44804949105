import { phrase, type Text, verbatim } from '../core/text/text.ts';

/** What the system says went wrong with a file, as words that follow a colon. */
const REASONS: readonly (readonly [codes: readonly string[], words: Text])[] = [
  [['EACCES', 'EPERM'], phrase('permission denied')],
  [['EROFS'], phrase('the disk is read-only')],
  [['ENOSPC', 'EDQUOT'], phrase('there is no space left')],
  [['EFBIG'], phrase('it would be too large')],
  [['ENOTDIR'], phrase('a part of its path is a file')],
  [['ENAMETOOLONG'], phrase('its name is too long')],
  [['ELOOP'], phrase('its symbolic links lead in a circle')],
  [['EIO'], phrase('the disk or device reports an error')],
  [['ENXIO'], phrase('it is a pipe or a socket that nobody reads, or a device that is not there')],
  [['ENODEV'], phrase('it is a device that is not there')],
  [['EBUSY', 'ETXTBSY'], phrase('it is in use')],
  [['EMFILE', 'ENFILE'], phrase('too many files are open')],
  [
    ['ESTALE', 'ETIMEDOUT', 'EHOSTDOWN', 'EHOSTUNREACH', 'ENETDOWN', 'ENETUNREACH', 'ENOTCONN', 'ECONNRESET'],
    phrase('the network folder does not answer'),
  ],
];

/** Why a file could not be read or written, without a period; codes without words stay as they are. */
export function whySystem({ code = '', message }: NodeJS.ErrnoException): Text {
  return REASONS.find(([codes]) => codes.includes(code))?.[1] ?? verbatim(code || message);
}
