import {
  cosineKinds,
  needsEncoder,
  type SimilarityChoice,
  similarityNames,
} from '../core/encoders/similarityChoice.ts';
import { checkTemplates, labelDetails } from '../core/encoders/templates.ts';
import { type Arguments, UsageError } from './commandLine.ts';
import { folderOrName } from './folderArguments.ts';

/** What `--similarity` and its companions say; undefined when nothing is said. */
export function similarityOf(args: Arguments): SimilarityChoice | undefined {
  const encoder = args.text('encoder');
  const templates = args.texts('template');
  const detail = args.oneOf('detail', labelDetails);
  const cosine = args.oneOf('cosine', cosineKinds);
  const about = [encoder, templates[0], detail, cosine].some((value) => value !== undefined);
  const name = args.oneOf('similarity', similarityNames) ?? (about ? 'clip' : undefined);
  if (name === undefined) return undefined;
  if (about && !needsEncoder(name)) {
    throw new UsageError(
      `--encoder, --template, --detail and --cosine go with a text encoder, not with --similarity ${name}.`,
      'For example: --similarity clip',
    );
  }
  if (name === 'combined' && cosine === 'plain') {
    throw new UsageError('--similarity combined compares centred embeddings.', 'Leave --cosine out.');
  }
  return {
    name,
    encoder: encoder === undefined ? undefined : folderOrName(encoder),
    templates: templates.length === 0 ? undefined : checkTemplates(templates),
    detail,
    cosine,
  };
}
