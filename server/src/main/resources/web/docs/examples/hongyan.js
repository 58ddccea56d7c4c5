const { Hongyan } = await import("/hongyan.js");
const hongyan = new Hongyan();

// Called once for every entry, in order.
hongyan.on("entries", ({ conversation, snapshots }) => {
  for (const { entry } of snapshots) {
    console.log(conversation, entry.seq, entry.content.text);
  }
});

await hongyan.signIn({
  username: "lin",
  password: "wild-geese-fly",
  device: "A page",
});

const found = await hongyan.http("GET", "users?username=marco");
const { conversation } = await hongyan.request("conversation.open", {
  user: found.users[0].id,
});

// Stored once, even if it is sent again after a lost connection.
hongyan.send(conversation.id, { type: "text", text: "Ciao 你好" });
