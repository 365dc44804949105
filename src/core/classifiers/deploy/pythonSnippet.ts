import type { SnippetParts } from './deployedClassifier.ts';
import { quoted } from './quoted.ts';

/** A program for Python with onnxruntime and Pillow. */
export function pythonSnippet({ classifier, model }: SnippetParts): string {
  const { input, probabilities, label, size } = classifier;
  const fitted = size
    ? `    image = ImageOps.fit(image, (${size.width}, ${size.height}), Image.BICUBIC)  # the size that the model takes\n`
    : '';
  return `# Classifies images: python classify.py photo.jpg ...
# Needs: pip install onnxruntime pillow numpy

import json
import os
import sys
from pathlib import Path

# Read when onnxruntime is loaded: without it, its builds for Linux report usage, and crash where many images are named.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

here = Path(__file__).parent
labels = json.loads((here / "labels.json").read_text("utf-8"))
session = onnxruntime.InferenceSession(str(here / ${pythonText(model)}), providers=["CPUExecutionProvider"])


def pixels(file):
    """Upright RGB with what is transparent on white: [height, width, 3], 8 bits each."""
    with Image.open(file) as opened:
        image = ImageOps.exif_transpose(opened).convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    image = Image.alpha_composite(white, image).convert("RGB")
${fitted}    return np.asarray(image)


for file in sys.argv[1:]:
    images = pixels(file)[None]  # [1, height, width, 3]
    probabilities, label = session.run([${quoted(probabilities)}, ${quoted(label)}], {${quoted(input)}: images})
    confidence = float(probabilities[0].max())
    # -1: not sure enough of any label.
    answer = None if label[0] < 0 else labels[label[0]]
    print(json.dumps({"path": file, "label": answer, "confidence": round(confidence, 6)}))
`;
}

/** Python joins no two halves of a character that are written as escapes. */
function pythonText(text: string): string {
  const characters = Array.from(text, (character) => {
    const code = character.codePointAt(0)!;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : quoted(character).slice(1, -1);
  });
  return `"${characters.join('')}"`;
}
