/**
 * A symbol of the short authentication string. `key` is its name in the dictionaries.
 * @typedef {{emoji: string, key: string}} CallSymbol
 */

/** The order is part of the protocol: two clients show the same code only if they have the same list. */
const EMOJI = `
  dog 🐶 cat 🐱 horse 🐴 lion 🦁 tiger 🐯 pig 🐷 rabbit 🐰 bear 🐻
  panda 🐼 koala 🐨 monkey 🐵 chicken 🐔 penguin 🐧 duck 🦆 owl 🦉 frog 🐸
  turtle 🐢 snake 🐍 fish 🐟 octopus 🐙 whale 🐳 butterfly 🦋 bee 🐝 snail 🐌
  elephant 🐘 camel 🐫 blossom 🌸 rose 🌹 sunflower 🌻 tree 🌳 cactus 🌵 mushroom 🍄
  maple_leaf 🍁 moon 🌙 star ⭐ fire 🔥 rainbow 🌈 snowman ⛄ apple 🍎 banana 🍌
  grapes 🍇 strawberry 🍓 lemon 🍋 watermelon 🍉 bread 🍞 egg 🥚 cake 🎂 pizza 🍕
  bicycle 🚲 car 🚗 train 🚂 rocket 🚀 sailboat ⛵ anchor ⚓ key 🔑 bell 🔔
  book 📖 umbrella ☔ guitar 🎸 trumpet 🎺 drum 🥁 football ⚽ hammer 🔨 clock ⏰
`;

/** The 64 symbols, by the value of six bits. @type {readonly CallSymbol[]} */
export const symbols = Object.freeze(
  [...EMOJI.matchAll(/(\w+) (\S+)/g)].map(([, name, emoji]) => Object.freeze({ emoji, key: `call.symbol_${name}` })),
);
