const EXTENSION = /\.(?:jpe?g|jpe|jfif|png|apng|webp|bmp|dib|gif|tiff?|ppm|pgm|pbm|pnm)$/i;

/** Whether a file's name is that of an image SeMap reads; hidden files (`._photo.jpg` of macOS) are not. */
export function isImageFile(name: string): boolean {
  const base = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  return !base.startsWith('.') && EXTENSION.test(base);
}
