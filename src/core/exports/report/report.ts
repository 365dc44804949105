import { phrase, plural } from '../../text/text.ts';
import { accuracySection, confusionSection, figuresOf, labelsSection } from './accuracySections.ts';
import { alignmentSection } from './alignmentSection.ts';
import {
  askedSection,
  cautionSection,
  looksSection,
  notReadSection,
  settlingSection,
} from './askedSections.ts';
import { exampleSections } from './exampleSections.ts';
import { limitsSection, originSection, reproduceSection } from './originSections.ts';
import type { Report, Section } from './reportBlocks.ts';
import type { Reported } from './reported.ts';
import { folderNames, minuteOf } from './reportNames.ts';

/** A whole report: what was asked, what came out, how it was made, and what the figures do not say. */
export function reportOf(reported: Reported): Report {
  const { run, facts } = reported;
  const title = phrase('Classification of {0}', folderNames(run));
  const subtitle = run.time === undefined ? undefined : phrase('{0} UTC', minuteOf(run.time));
  const asked = askedSection(reported);
  const sections: readonly (Section | undefined)[] =
    facts.images === 0
      ? [
          asked,
          { heading: phrase('Answers'), blocks: [{ kind: 'paragraph', text: noImages(reported) }] },
          notReadSection(reported),
          originSection(reported),
        ]
      : [
          asked,
          accuracySection(reported),
          confusionSection(reported),
          labelsSection(reported),
          ...exampleSections(reported),
          cautionSection(reported),
          settlingSection(reported),
          looksSection(reported),
          alignmentSection(run),
          notReadSection(reported),
          originSection(reported),
          reproduceSection(reported),
          limitsSection(reported),
        ];
  return {
    title,
    subtitle,
    figures: facts.images === 0 ? [] : figuresOf(reported),
    sections: sections.filter((one) => one !== undefined && one.blocks.length > 0) as readonly Section[],
  };
}

function noImages({ run }: Reported) {
  return run.images === 0
    ? phrase('No image was classified.')
    : plural(run.images, 'The image does not pass the filter.', 'None of {0} images passes the filter.');
}
