import type { LabelRole } from '../labels/labelRole.ts';
import { complementsOf, shadowsOf } from '../mapping/roles.ts';
import type { NoteTexts } from '../similarity/labelNoteTexts.ts';
import { listed, phrase, type Text } from '../text/text.ts';
import type { AlignmentDocument } from './alignment.ts';
import { scoredTargets } from './answering.ts';
import { joinedSources } from './members.ts';

/** What a label means that says something by way of the others, and how it is found; undefined for names of things. */
export function roleNotes(document: AlignmentDocument): readonly (NoteTexts | undefined)[] {
  const scored = scoredTargets(document);
  const joined = joinedSources(document);
  const shadows = shadowsOf(
    complementsOf(
      document.targets.map((each, t) => ({ ...each, sources: joined[t] })),
      document.aggregation,
    ),
  );
  return document.targets.map(({ role }, t) => {
    if (!role) return undefined;
    const texts = roleTexts(role, joined[t].length > 0 ? 'own' : scored[t] ? 'left' : 'none');
    const shadow = shadows[t];
    if (shadow === undefined) return texts;
    const next = phrase(
      'What is left goes to {0}, so it is hardly ever predicted. Merge the two, or add a hint that names what its images show.',
      document.targets[shadow].label,
    );
    return { said: texts.said, next, amiss: true };
  });
}

const SCORED_BY: Text = phrase("It is scored by what is left of the backbone's probability.");

/** @param by what the label is scored by: its own source labels, what the others leave, or nothing */
function roleTexts(role: LabelRole, by: 'own' | 'left' | 'none'): NoteTexts {
  const left = by === 'left' ? { next: SCORED_BY } : {};
  switch (role.kind) {
    case 'not': {
      const said = phrase('It means: not {0}.', listed(role.labels));
      return by === 'none'
        ? { said, next: phrase('That has no source labels, so it has no score.'), amiss: true }
        : { said, ...left, amiss: false };
    }
    case 'rest':
      if (role.of !== undefined && by === 'own')
        return { said: phrase('It means: {0}, but none of the other labels.', role.of), amiss: false };
      return {
        said: phrase('It means: none of the other labels.'),
        ...left,
        ...(by === 'none' && {
          next: phrase('It has no score: a threshold, "none of these" or labels find it.'),
        }),
        amiss: false,
      };
    case 'with':
      return {
        said: phrase('It means: {0}, told from labels of the same kind by {1}.', role.head, role.context),
        amiss: false,
      };
    case 'unclear':
      return {
        said: phrase('It says that there is no "{0}", and no other label says what that is.', role.not),
        next: phrase('Add a label "{0}", or a hint that names what its images show.', role.not),
        amiss: true,
      };
  }
}
