/**
 * What labels mean, from a dictionary's point of view: 60 words in ten groups, each group the kind of fault that labels
 * had. No word is taken from a data set, and no expectation from what SeMap answers.
 */
export interface Word {
  /** `name` or `name = hint`. */
  readonly word: string;
  /** The other labels of the set. */
  readonly among: string;
  /** WordNet sense keys of which the first phrase has one. */
  readonly means?: readonly string[];
  /** ImageNet's names of which one is among the three that weigh most. */
  readonly near?: readonly string[];
  /** ImageNet's names none of which weighs a third of the most. */
  readonly far?: readonly string[];
  /** At least so many sources weigh a quarter of the most. */
  readonly wide?: number;
  /** An image that is this source alone has this label, not another of the set. */
  readonly owns?: string;
  /** Nothing is promised for it: the mark is `none`, or there is no source. */
  readonly silent?: true;
  /** What the label says of the others; see `labelRole.ts`. */
  readonly role?: string;
  /** Why it fails today; to be taken away with the fault. */
  readonly today?: string;
}

const rooms = 'bathroom, nursery, gymnasium, laundry room, airport, harbor';
const materials = 'straw, fur, denim, rubber, brick, clay';

export const meanings: Readonly<Record<string, readonly Word[]>> = {
  'rooms and places are known by what is in them': [
    {
      word: 'bathroom',
      among: rooms,
      near: ['bathtub', 'tub', 'washbasin', 'toilet seat', 'shower curtain', 'medicine chest'],
    },
    {
      word: 'nursery',
      among: rooms,
      means: ['nursery%1:06:01::'],
      near: ['crib', 'cradle', 'bassinet'],
      today: 'no definition of a source says that it is in one: its tree neighbours win',
    },
    {
      word: 'gymnasium',
      among: rooms,
      means: ['gymnasium%1:06:00::'],
      near: ['barbell', 'dumbbell', 'horizontal bar', 'parallel bars', 'balance beam', 'punching bag'],
      today: 'what is in it is not looked for: its tree neighbours win',
    },
    {
      word: 'laundry room',
      among: rooms,
      near: ['washer', 'iron'],
      today: 'only its head is known, and what it is used for is not looked at',
    },
    {
      word: 'airport',
      among: rooms,
      near: ['airliner', 'warplane', 'wing', 'airship'],
      today: 'what is in it is not looked for',
    },
    {
      word: 'harbor',
      among: rooms,
      near: ['dock', 'pier', 'breakwater', 'container ship', 'liner', 'fireboat', 'drilling platform'],
      far: ['mountain tent'],
    },
  ],
  'materials are known by what is made of them': [
    {
      word: 'straw',
      among: materials,
      near: ['hay', 'thatch', 'sombrero', 'broom', 'thresher'],
      far: ['strawberry', 'toilet tissue', 'red wine'],
    },
    { word: 'fur', among: materials, near: ['fur coat', 'bearskin'] },
    { word: 'denim', among: materials, means: ['denim%1:06:00::', 'denim%1:06:03::'], near: ['jeans'] },
    { word: 'rubber', among: materials, near: ['rubber eraser', 'puck', 'plunger'] },
    {
      word: 'brick',
      among: materials,
      means: ['brick%1:06:00::'],
      near: ['vault', 'stone wall', 'tile roof'],
      far: ['envelope', 'lotion'],
    },
    {
      word: 'clay',
      among: materials,
      means: ['clay%1:27:00::', 'clay%1:27:02::'],
      near: ["potter's wheel", 'tile roof'],
      far: ['red wine', 'toilet tissue', 'espresso'],
    },
  ],
  'a plural has the meanings of its singular, and of itself': [
    {
      word: 'drawers',
      among: 'tables, wardrobes, couches',
      means: ['drawer%1:06:00::'],
      near: ['chest', 'chiffonier', 'file', 'desk', 'wardrobe', 'china cabinet'],
    },
    {
      word: 'irons',
      among: 'toasters, vacuum cleaners, dishwashers',
      means: ['iron%1:06:00::'],
      near: ['iron'],
    },
    {
      word: 'balls',
      among: 'rackets, nets, helmets',
      means: ['ball%1:06:01::', 'ball%1:06:02::'],
      near: ['soccer ball', 'tennis ball', 'basketball', 'volleyball', 'golf ball', 'rugby ball', 'baseball'],
    },
    {
      word: 'cards',
      among: 'envelopes, letters, menus',
      means: ['card%1:06:00::', 'card%1:10:00::', 'card%1:10:01::', 'card%1:10:02::'],
    },
    {
      word: 'spectacles',
      among: 'watches, wallets, hats',
      means: ['spectacles%1:06:00::'],
      near: ['sunglasses', 'sunglass'],
    },
    {
      word: 'buses',
      among: 'trams, taxis, lorries',
      near: ['minibus', 'school bus', 'trolleybus'],
      wide: 3,
    },
  ],
  'a hint says what a label is': [
    {
      word: 'Tiffany = lamp',
      among: 'Chippendale = chair, Ming = vase',
      near: ['table lamp', 'lampshade'],
    },
    {
      word: 'study = desk, bookcase',
      among: 'attic, hallway',
      near: ['desk', 'bookcase'],
    },
    {
      word: 'Persian = cat',
      among: 'Siamese = cat, Akita = dog',
      near: ['Persian cat'],
      far: ['prayer rug'],
    },
    { word: 'jumper = sweater', among: 'skirt, scarf', near: ['sweatshirt', 'cardigan', 'jersey'] },
    {
      word: 'Heinz = ketchup bottle',
      among: 'Sprite = soda bottle, Ariel = detergent',
      near: ['pop bottle', 'water bottle', 'wine bottle', 'beer bottle', 'pill bottle'],
      far: ['ballplayer'],
    },
    { word: 'bow = weapon', among: 'sword, spear', means: ['bow%1:06:01::'], near: ['bow'] },
  ],
  'the set decides between senses': [
    {
      word: 'mole',
      among: 'hedgehog, shrew, weasel',
      means: ['mole%1:05:00::'],
      far: ['breakwater', 'consomme'],
    },
    { word: 'cricket', among: 'ant, ladybug, butterfly', means: ['cricket%1:05:00::'], near: ['cricket'] },
    { word: 'nail', among: 'screw, bolt, washer', means: ['nail%1:06:00::'], near: ['nail'] },
    {
      word: 'turkey',
      among: 'gravy, stuffing, mashed potatoes, cranberry sauce',
      means: ['turkey%1:13:00::'],
    },
    {
      word: 'organ',
      among: 'piano, trumpet, violin',
      means: ['organ%1:06:00::', 'organ%1:06:01::', 'organ%1:06:02::'],
      near: ['organ'],
    },
    {
      word: 'shank',
      among: 'sirloin, brisket, ham, bacon',
      means: ['shank%1:13:00::'],
      far: ['screw', 'hook', 'custard apple', 'mushroom', 'orange', 'banana'],
      today: 'cuts of meat fall to fruits in the tree of food',
    },
  ],
  'breeds, places and adjectives are what the others are': [
    {
      word: 'Manx',
      among: 'Siamese, Burmese, Angora',
      means: ['manx%1:05:00::'],
      near: ['Persian cat', 'Egyptian cat', 'tabby', 'tiger cat', 'Siamese cat'],
    },
    { word: 'Boston', among: 'pug, boxer, beagle, Rottweiler', near: ['Boston bull'] },
    { word: 'Afghan', among: 'saluki, borzoi, whippet', means: ['afghan%1:05:00::'], near: ['Afghan hound'] },
    {
      word: 'coastal',
      among: 'mountainous, urban, desert',
      near: ['seashore', 'promontory', 'sandbar', 'cliff', 'breakwater', 'lakeside'],
    },
    {
      word: 'open field',
      among: 'open sea, dense forest, sandy beach',
      near: [
        'hay',
        'valley',
        'rapeseed',
        'harvester',
        'thresher',
        'alp',
        'worm fence',
        'lakeside',
        'corn',
        'stone wall',
      ],
      far: ['binoculars', 'can opener', 'letter opener'],
      today: '"opener" is spelled like it, and a field of view is a field',
    },
    {
      word: 'floral',
      among: 'striped, checked, spotted',
      near: ['daisy', "yellow lady's slipper", 'rapeseed', 'vase', 'pot', 'greenhouse'],
      today: 'an adjective is no noun',
    },
  ],
  'sentences, codes and persons are no names of things': [
    {
      word: 'Keep dogs on a leash',
      among: 'Do not block the driveway, Ring the bell',
      silent: true,
    },
    {
      word: 'Beware of falling rocks and loose gravel',
      among: 'Fasten your belt and stay seated',
      silent: true,
    },
    { word: 'R2-17b', among: 'R1-04, W3-2a', silent: true },
    { word: 'ZK 7', among: 'CQ-200, ABX 4500', silent: true },
    { word: 'Violet Baker', among: 'Pierre Lefebvre, Giulia Rossi', silent: true },
    {
      word: 'Rose___black_spot',
      among: 'Tulip___healthy, Tulip___Botrytis_blight',
      near: ['hip', 'daisy', "yellow lady's slipper", 'rapeseed', 'vase', 'pot'],
      far: ['spotlight', 'torch', 'candle'],
    },
  ],
  'what looks alike is near, and a slip of the pen is no other word': [
    {
      word: 'sideboard',
      among: 'armchair, footstool, bunk bed',
      near: ['china cabinet', 'chiffonier', 'chest', 'wardrobe', 'dining table', 'bookcase'],
    },
    {
      word: 'armchair',
      among: 'sideboard, footstool, bunk bed',
      near: ['rocking chair', 'barber chair', 'folding chair', 'studio couch', 'throne'],
    },
    {
      word: 'pocket calculator',
      among: 'stapler, paper clip, ruler',
      near: [
        'hand-held computer',
        'slide rule',
        'abacus',
        'remote control',
        'cellular telephone',
        'computer keyboard',
      ],
    },
    {
      word: 'girrafe',
      among: 'zebra, elephant, lion',
      means: ['giraffe%1:05:00::'],
    },
    {
      word: 'motocycle',
      among: 'bicycle, bus, truck',
      means: ['motorcycle%1:06:00::'],
      near: ['moped', 'motor scooter'],
    },
    {
      word: 'bats',
      among: 'owls, moths, foxes',
      means: ['bat%1:05:00::'],
      far: ['racket', 'baseball', 'ballplayer'],
    },
  ],
  'a label has all its kinds, and leaves to others what is theirs': [
    { word: 'lamp', among: 'mirror, carpet, curtain', near: ['table lamp'], wide: 3 },
    { word: 'bread', among: 'cheese, butter, jam', near: ['French loaf'], wide: 2 },
    { word: 'strawberry', among: 'raspberry, blueberry, blackberry', owns: 'strawberry' },
    { word: 'zebra', among: 'donkey, pony, mule', owns: 'zebra' },
    { word: 'broccoli', among: 'spinach, kale, lettuce', owns: 'broccoli' },
    { word: 'airship', among: 'helicopter, glider, rocket', owns: 'airship' },
  ],
  'negatives, remainders and composites are defined by the other labels': [
    { word: 'not_apple', among: 'apple', role: 'not apple' },
    { word: 'no umbrella', among: 'umbrella, hat', role: 'not umbrella' },
    { word: 'no tie', among: 'shirt, jacket', role: 'unclear' },
    { word: 'others', among: 'rabbit, fox', role: 'rest' },
    { word: 'background', among: 'rabbit, fox', role: 'rest' },
    {
      word: 'horse_on_beach',
      among: 'horse_in_stable, horse_on_road',
      role: 'horse with beach',
      near: ['sorrel'],
    },
  ],
};
