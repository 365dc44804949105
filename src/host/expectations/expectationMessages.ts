import * as vscode from 'vscode';
import type { TestedExpectation } from '../../core/expectations/testedExpectations.ts';
import { answerAbout } from '../../core/expectations/verdictText.ts';
import { plural, say } from '../language.ts';
import { type CommandLink, linkedFiles } from '../messages.ts';

/** Images that a message links to; the rest is counted. */
const LINKED = 20;

/** What menus of VS Code know the messages of expectations by that images broke. */
const BROKEN_BY_IMAGES = 'semapBrokenByImages';

/**
 * What a person reads of an expectation that failed or could not be tested, at its line of the document.
 * @param key by which the images that broke it can be shown
 */
export function messageOf(
  { said, hint, verdict, withinChance }: TestedExpectation,
  { uri, range }: Pick<vscode.TestItem, 'uri' | 'range'>,
  key: string,
): vscode.TestMessage {
  const { broke = [], brokeCount = 0 } = verdict ?? {};
  const sentences = [say(said), ...(hint ? [say(hint)] : [])];
  if (withinChance)
    sentences.push(vscode.l10n.t('The interval includes the bound: chance may have decided.'));
  const more = brokeCount - LINKED;
  const hasImages = broke.some(({ reason }) => reason === undefined);
  const message = new vscode.TestMessage(
    linkedFiles(
      sentences,
      broke.slice(0, LINKED).map((image) => ({
        uri: vscode.Uri.file(image.path),
        name: image.name,
        about: say(answerAbout(image)),
      })),
      {
        more: more > 0 ? plural(more, 'and {0} more image', 'and {0} more images') : undefined,
        links: [
          ...(hasImages ? [linkTo('semap.showBrokenImages', vscode.l10n.t('Show in Results'), key)] : []),
          linkTo('semap.openExpectation', vscode.l10n.t('Show in Alignment'), key),
        ],
      },
    ),
  );
  if (uri && range) message.location = new vscode.Location(uri, range);
  if (hasImages) message.contextValue = BROKEN_BY_IMAGES;
  return message;
}

function linkTo(command: CommandLink['command'], title: string, argument: string): CommandLink {
  return { command, title, argument };
}
