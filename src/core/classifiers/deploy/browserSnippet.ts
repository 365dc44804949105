import type { SnippetParts } from './deployedClassifier.ts';
import { addressOf, quoted } from './quoted.ts';

/** A page with onnxruntime-web, which it takes from a folder beside it: it asks nobody else for anything. */
export function browserSnippet({ classifier, model }: SnippetParts): string {
  const { input, probabilities, label, size } = classifier;
  const drawn = size
    ? `      // The size that the model takes, filled.
      const canvas = new OffscreenCanvas(${size.width}, ${size.height});
      const scale = Math.max(canvas.width / bitmap.width, canvas.height / bitmap.height);
      const [width, height] = [bitmap.width * scale, bitmap.height * scale];
      const place = [(canvas.width - width) / 2, (canvas.height - height) / 2, width, height];`
    : `      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const place = [0, 0];`;
  return `<!doctype html>
<!--
  Classifies images in the browser; they do not leave it.
  Needs onnxruntime-web beside this page: npm install onnxruntime-web, then copy node_modules/onnxruntime-web/dist here as
  onnxruntime-web. Serve the folder that has both this page and the model: npx http-server
-->
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <meta name="color-scheme" content="light dark">
    <title>Classify Images</title>
    <style>li { overflow-wrap: anywhere }</style>
  </head>
  <body>
    <label>Images <input type="file" accept="image/*" multiple></label>
    <ul aria-live="polite"></ul>
    <script type="module">
      const RUNTIME = new URL('./onnxruntime-web/', import.meta.url).href;
      const { env, InferenceSession, Tensor } = await import(\`\${RUNTIME}ort.wasm.min.mjs\`);
      env.wasm.wasmPaths = RUNTIME;

      const labels = await (await fetch('labels.json')).json();
      const session = await InferenceSession.create(${quoted(addressOf(model))});

      async function classify(file) {
        const { data, width, height } = await pixels(file);
        const rgb = new Uint8Array(height * width * 3);
        // The fourth of RGBA is left out.
        for (let i = 0; i < rgb.length; i++) rgb[i] = data[i + Math.floor(i / 3)];
        const image = new Tensor('uint8', rgb, [1, height, width, 3]);
        const outputs = await session.run({ ${quoted(input)}: image });
        const confidence = Math.max(...outputs[${quoted(probabilities)}].data);
        // -1: not sure enough of any label.
        const label = labels[Number(outputs[${quoted(label)}].data[0])] ?? null;
        return { path: file.name, label, confidence: Number(confidence.toFixed(6)) };
      }

      // Upright, with what is transparent on white.
      async function pixels(file) {
        const bitmap = await createImageBitmap(file);
${drawn.replaceAll(/^/gm, '  ')}
        const context = canvas.getContext('2d');
        context.fillStyle = 'white';
        context.fillRect(0, 0, canvas.width, canvas.height);
        context.drawImage(bitmap, ...place);
        bitmap.close();
        return context.getImageData(0, 0, canvas.width, canvas.height);
      }

      document.querySelector('input').addEventListener('change', async ({ target }) => {
        for (const file of target.files) {
          const row = document.querySelector('ul').appendChild(document.createElement('li'));
          row.textContent = await classify(file).then(JSON.stringify, (error) => \`\${file.name}: \${error.message}\`);
        }
      });
    </script>
  </body>
</html>
`;
}
