/** View type of the grid editor. */
export const ALIGNMENT_EDITOR = 'semap.alignmentEditor';
