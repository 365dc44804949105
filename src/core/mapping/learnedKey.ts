/** Eight hexadecimal digits that stand for an image of a class folder: FNV-1a of `classFolder/fileName`. */
export function learnedKey(classFolder: string, fileName: string): string {
  const text = `${classFolder}/${fileName}`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
