/** A file of onnxruntime's own sources with a line, and the C++ function there: `void f(const std::string&, int) const`. */
const PLACE = /\S*onnxruntime[_\w]*[/\\]\S+?\.(?:h|cc|cpp|hpp|cu|inc):\d+\s*/g;
const SIGNATURE =
  /^[\w:<>,&*~\s[\]=]*?[\w~>\])]+\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)(?:\s*const)?(?:::<lambda\([^()]*\)>)?\s*(?:\[with [^\]]*\]\s*)?/;
/** The same from a build that names files without their folders: `pool.cc:226 Compute `. */
const SHORT_PLACE = /\b[\w-]+\.(?:h|cc|cpp|hpp|cu|inc):\d+\s+[\w~:]+\s+/g;
/** `x == y was false. ` and the like: a condition of its sources. */
const CONDITION = /^(?:\S.{0,200}? was false\.\s+)/;

/** What onnxruntime says is wrong, without the place in its sources: what a person can do something with. */
export function ortMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [start = '', ...rest] = message.split(PLACE);
  const said = rest.map((part) => {
    const bare = part.replace(SIGNATURE, '');
    return bare.replace(CONDITION, '') || bare;
  });
  return [start, ...said].join('').replace(SHORT_PLACE, '').trim() || message;
}
