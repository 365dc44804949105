import * as vscode from 'vscode';
import { alignLabels } from '../../capabilities/alignLabels.ts';
import type { AlignmentDocument, LearnedRecord } from '../../core/alignments/alignment.ts';
import { withMemberWeights } from '../../core/alignments/memberEdits.ts';
import { backboneCount, backbonesOf, partsOf } from '../../core/alignments/members.ts';
import { paramsOf } from '../../core/alignments/realign.ts';
import { SemapError } from '../../core/errors.ts';
import { percent, weightText } from '../../core/text/numbers.ts';
import { phrase } from '../../core/text/text.ts';
import type { BackboneEntry } from '../../protocol/backbones.ts';
import { askForBackbone } from '../backbones/askForBackbone.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { withDescription } from '../backbones/describeBackbone.ts';
import { plural } from '../language.ts';
import { showInStatusBar, withCancel, withProgress } from '../messages.ts';
import { BACK, CANCEL, StepUi } from '../multiStep.ts';
import type { ListRow } from '../questions.ts';
import { sessionOf } from '../session.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { changeAlignment, withNearPaths } from './alignmentFiles.ts';
import type { CachedRuns } from './cachedRuns.ts';
import { type EditAlignment, type MenuContext, uriOf } from './editAlignment.ts';

interface ChangeBackbonesParts {
  readonly engine: Engine;
  readonly library: BackboneLibrary;
  readonly edit: EditAlignment;
  readonly active: { readonly current: { readonly uri: vscode.Uri } | undefined };
  /** Images whose outputs under all backbones of a document are cached. */
  readonly cached: Pick<CachedRuns, 'imagesOf'>;
}

/** How long the status bar says what was done. */
const SAID_MS = 5000;

/** Which backbones answer under an alignment: adds, removes and weighs them, each as one edit that undo takes back. */
export class ChangeBackbones {
  readonly #parts: ChangeBackbonesParts;

  constructor(parts: ChangeBackbonesParts) {
    this.#parts = parts;
  }

  /** `Change Backbones...`: lists them, and leads to what can be done with each. */
  async change(menu?: MenuContext): Promise<void> {
    const { t } = vscode.l10n;
    const document = await this.#parts.edit.document(menu);
    const title = t('SeMap: Change Backbones');
    interface Item extends ListRow {
      readonly does: (() => Promise<void>) | undefined;
    }
    const items: Item[] = [
      ...rowsOf(document).map((row) => ({ ...row, does: () => this.#changeOne(document, row.member, menu) })),
      ...(backboneCount(document) > 1
        ? [
            {
              icon: 'graph',
              label: t('Weigh by Images'),
              detail: t(
                'Learns from labels where images have some. Otherwise a backbone counts less that is expected to be right less often',
              ),
              does: () => this.#weighByImages(menu),
            },
          ]
        : []),
      {
        icon: 'add',
        label: t('Add Backbone...'),
        detail: costWords(document),
        does: () => this.add(menu),
      },
    ];
    const item = await new StepUi(title).pick({
      placeholder: t('Select a backbone to change its weight or remove it'),
      items,
    });
    if (item !== BACK && item !== CANCEL) await item.does?.();
  }

  /** `Add Backbone to Alignment...`: aligns the same labels with another backbone, which answers beside the others. */
  async add(menu?: MenuContext): Promise<void> {
    const { t } = vscode.l10n;
    const { edit, library } = this.#parts;
    const document = await edit.document(menu);
    const chosen = await askForBackbone(
      library,
      new StepUi(t('SeMap: Add Backbone to Alignment')),
      t('Select a backbone. Each image then runs through {0} networks', backboneCount(document) + 1),
      ({ description }) =>
        !partsOf(document).some(
          ({ backbone, prompt }) => prompt === undefined && backbone.sha256 === description?.sha256,
        ),
    );
    if (chosen === BACK || chosen === CANCEL) return;
    await this.join(chosen, document, menu);
  }

  /** Aligns the labels of a document with a backbone, and adds it with that mapping. */
  async join(backbone: BackboneEntry, document: AlignmentDocument, menu?: MenuContext): Promise<void> {
    const { t } = vscode.l10n;
    const { edit, engine, active } = this.#parts;
    const { excluded: _, targets, ...settings } = paramsOf(document);
    const params = { targets, backbones: [backbone.path], settings };
    const aligned = await withDescription(engine, backbone.path, async () =>
      withCancel(
        plural(
          document.targets.length,
          'Aligning {0} label with {1}',
          'Aligning {0} labels with {1}',
          backbone.name,
        ),
        (signal, report) => alignLabels(params, sessionOf(engine, signal, report)),
      ),
    );
    const uri = uriOf(menu) ?? active.current?.uri;
    if (!aligned || !uri) return;
    await edit.change({ kind: 'join', alignment: withNearPaths(aligned, uri) }, menu);
    showInStatusBar(
      t('{0} answers together with {1} now.', backbone.name, backbonesOf(document).name),
      SAID_MS,
    );
  }

  /** `Remove Backbone from Alignment...` */
  async remove(menu?: MenuContext): Promise<void> {
    const { t } = vscode.l10n;
    const { edit } = this.#parts;
    const document = await edit.document(menu);
    const member = await this.#which(document, menu, {
      title: t('SeMap: Remove Backbone from Alignment'),
      placeholder: t('Which backbone do you want to remove? Undo brings it back.'),
    });
    if (member !== undefined) await edit.change({ kind: 'leave', member }, menu);
  }

  /** `Change Weight of Backbone...` */
  async weigh(menu?: MenuContext): Promise<void> {
    const { t } = vscode.l10n;
    const document = await this.#parts.edit.document(menu);
    const member = await this.#which(document, menu, {
      title: t('SeMap: Change Weight of Backbone'),
      placeholder: t('Which backbone should count more or less?'),
    });
    if (member !== undefined) await this.#weighOne(document, member, menu);
  }

  async #changeOne(
    document: AlignmentDocument,
    member: number,
    menu: MenuContext | undefined,
  ): Promise<void> {
    const { t } = vscode.l10n;
    const { edit } = this.#parts;
    if (backboneCount(document) === 1) return this.add(menu);
    const { backbone, weight } = partsOf(document)[member];
    const item = await new StepUi(backbone.name).pick({
      placeholder: t('What do you want to do with {0}?', backbone.name),
      items: [
        {
          icon: 'settings',
          label: t('Change Weight...'),
          description: t('weight {0}', weightText(weight)),
          does: () => this.#weighOne(document, member, menu),
        },
        {
          icon: 'trash',
          label: t('Remove from Alignment'),
          description: t('Undo brings it back'),
          does: () => edit.change({ kind: 'leave', member }, menu),
        },
      ],
    });
    if (item !== BACK && item !== CANCEL) await item.does();
  }

  /** Sets the weights that the backbones earn on images that all of them have seen; one edit for all. */
  async #weighByImages(menu: MenuContext | undefined): Promise<void> {
    const { t } = vscode.l10n;
    const { edit, engine, cached } = this.#parts;
    const { uri, forEngine } = await edit.entry(menu);
    const seen = await cached.imagesOf(forEngine, uri.toString());
    if (!seen) {
      throw new SemapError(
        'invalid-argument',
        phrase('No images were classified with these backbones yet.'),
        {
          hint: phrase('Classify a folder with the alignment first.'),
        },
      );
    }
    const { classifiedWith: _, ...images } = seen;
    const { weights, learned } = await withProgress(
      '',
      () => engine.call('memberWeights', { ...images, alignment: forEngine }),
      { viewId: 'semap.alignment' },
    );
    const weighed = (document: AlignmentDocument) =>
      backboneCount(document) === weights.length
        ? withMemberWeights(document, weights, learned && { record: learned })
        : document;
    await changeAlignment(uri, weighed, menu?.semapEditor !== true);
    const found = partsOf(forEngine).map(
      ({ backbone }, at) => `${backbone.name}: ${t('weight {0}', weightText(weights[at]))}`,
    );
    showInStatusBar([...found, howWeighed(learned)].join(' · '), SAID_MS);
  }

  async #weighOne(document: AlignmentDocument, member: number, menu: MenuContext | undefined): Promise<void> {
    const { t } = vscode.l10n;
    const { backbone, weight } = partsOf(document)[member];
    const text = await new StepUi(t('Weight of {0}', backbone.name)).input({
      prompt: t(
        '1 counts as much as the others, 0.5 half as much, 2 twice as much. Empty sets it back to 1.',
      ),
      value: weightText(weight),
      validate: (value) => (isWeight(value) ? undefined : t('Enter a number above 0.')),
    });
    if (text === BACK || text === CANCEL) return;
    const given = text.trim() === '' ? null : Number(text);
    await this.#parts.edit.change({ kind: 'weigh', member, weight: given }, menu);
  }

  /** The backbone that the menu names, or that the person selects; undefined where there is none to select. */
  async #which(
    document: AlignmentDocument,
    menu: MenuContext | undefined,
    { title, placeholder }: { readonly title: string; readonly placeholder: string },
  ): Promise<number | undefined> {
    const given = menu?.semapMember;
    if (given !== undefined && given < backboneCount(document)) return given;
    if (backboneCount(document) === 1) {
      await this.change(menu);
      return undefined;
    }
    const item = await new StepUi(title).pick({ placeholder, items: rowsOf(document) });
    return item === BACK || item === CANCEL ? undefined : item.member;
  }
}

/** By what backbones got their weights. */
function howWeighed(learned: LearnedRecord | undefined): string {
  if (!learned) return vscode.l10n.t('judged without labels');
  const { images, accuracy } = learned.validation;
  const from = plural(learned.images, 'weights learned from {0} image', 'weights learned from {0} images');
  if (accuracy === null) return from;
  const worth = plural(
    images,
    'accuracy {1} on {0} other image',
    'accuracy {1} on {0} other images',
    percent(accuracy),
  );
  return `${from}, ${worth}`;
}

function isWeight(value: string): boolean {
  const number = Number(value);
  return value.trim() === '' || (Number.isFinite(number) && number > 0);
}

/** The backbones of a document, each with its weight and what it knows of the labels. */
function rowsOf(document: AlignmentDocument): readonly (ListRow & { readonly member: number })[] {
  const { t } = vscode.l10n;
  const several = backboneCount(document) > 1;
  return partsOf(document).map(({ backbone, weight, targets }, member) => {
    const carried = targets.filter(({ sources }) => sources.length > 0).length;
    const knows = plural(
      targets.length,
      'has source labels for {1} of {0} label',
      'has source labels for {1} of {0} labels',
      carried,
    );
    return {
      label: backbone.name,
      description: several ? `${t('weight {0}', weightText(weight))} · ${knows}` : knows,
      member,
    };
  });
}

/** What another backbone costs, in plain words. */
function costWords(document: AlignmentDocument): string {
  return plural(
    backboneCount(document),
    'Each image then runs through {1} networks instead of {0}, which takes longer the first time.',
    'Each image then runs through {1} networks instead of {0}, which takes longer the first time.',
    backboneCount(document) + 1,
  );
}
